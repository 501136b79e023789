import { errorText, FirewallError } from '../../base/errors';
import { phrase } from '../../base/phrase';
import { addressPhrase, type CheckedTarget, checkTarget } from '../upstream/httpTarget';

/** Where an OTLP/HTTP collector takes traces, if only its address is given (opentelemetry.io/docs/specs/otlp). */
const TRACES = '/v1/traces';

/**
 * Where spans go. `endpoint`: https, or http on this machine; without a path, that of traces is meant. `headers`: `name=value`
 * separated by commas, values percent-encoded (as in OTEL_EXPORTER_OTLP_HEADERS), a secret. Throws `config-invalid`, with no
 * value of a header in it.
 */
export function otlpTarget(endpoint: string, headers: string): CheckedTarget {
	let target;
	try {
		target = checkTarget({ kind: 'http', url: endpoint, headers: readHeaderList(headers) });
	} catch (error) {
		const why = errorText(error).replace('of the server ', '');
		throw new FirewallError(
			'config-invalid',
			phrase('The OpenTelemetry endpoint cannot be used: {0}', addressPhrase(why)),
		);
	}
	if (target.url.pathname === '/') {
		target.url.pathname = TRACES;
	}
	return target;
}

/** Headers as `name=value` separated by commas, values percent-encoded. Throws `config-invalid`, with no value in it. */
export function readHeaderList(text: string): Readonly<Record<string, string>> {
	const parts = text.split(',').filter(part => part.trim() !== '');
	return Object.fromEntries(
		parts.map(part => {
			const cut = part.indexOf('=');
			if (cut < 1) {
				throw new FirewallError('config-invalid', 'Its headers are not name=value, separated by commas.');
			}
			return [part.slice(0, cut).trim(), decoded(part.slice(cut + 1).trim())];
		}),
	);
}

function decoded(value: string): string {
	try {
		return decodeURIComponent(value);
	} catch {
		return value;
	}
}
