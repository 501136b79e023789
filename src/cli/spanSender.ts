import { errorText } from '../base/errors';
import { type Logger } from '../base/logger';
import { OtlpSender } from '../proxy/otlp/otlpSender';
import { otlpTarget } from '../proxy/otlp/otlpTarget';
import { systemClock } from '../storage/system';
import { UsageError } from './commandLine';

/** The variable that holds headers for `--otlp-endpoint`, `name=value` separated by commas: a secret, so no argument. */
const OTLP_HEADERS = 'MCP_FIREWALL_OTLP_HEADERS';

/** What sends spans of calls to an endpoint; undefined without one. Throws a {@link UsageError} for one that cannot be used. */
export function spanSender(endpoint: string | undefined, logger: Logger): OtlpSender | undefined {
	if (endpoint === undefined) {
		return undefined;
	}
	try {
		const target = otlpTarget(endpoint, process.env[OTLP_HEADERS] ?? '');
		return new OtlpSender({ target, clock: systemClock, logger });
	} catch (error) {
		throw new UsageError(errorText(error));
	}
}
