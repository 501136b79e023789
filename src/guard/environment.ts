import { urlOf } from '../base/urlOf';
import { GuardConfigError } from './guardErrors';

/** What the guard takes from the environment; the names are those of capiscio-mcp. */
export interface GuardEnvironment {
	/** `CAPISCIO_SERVER_ORIGIN` */
	readonly serverOrigin?: string;
	/** `CAPISCIO_CORE_ADDR`: URL of a decision service. */
	readonly decisionService?: string;
	/** `CAPISCIO_EVIDENCE_DIR` */
	readonly evidenceDirectory?: string;
	/** `CAPISCIO_LOG_LEVEL` */
	readonly logLevel: LogLevel;
}

/** How much is said on stderr. `info`: denials; `debug`: also what was let through. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'off';

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'off'];

/**
 * Reads the environment. Throws a GuardConfigError for a `CAPISCIO_CORE_ADDR` that is the address of the reference's gRPC core,
 * rather than to decide without the service that somebody set up.
 */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): GuardEnvironment {
	const { CAPISCIO_SERVER_ORIGIN: origin, CAPISCIO_CORE_ADDR: address, CAPISCIO_EVIDENCE_DIR: directory } = env;
	const level = LEVELS.find(each => each === env.CAPISCIO_LOG_LEVEL?.toLowerCase()) ?? 'info';
	return {
		...(origin && { serverOrigin: origin }),
		...(address && { decisionService: readServiceUrl(address, 'CAPISCIO_CORE_ADDR') }),
		...(directory && { evidenceDirectory: directory }),
		logLevel: level,
	};
}

/** The URL of a decision service: HTTPS, or HTTP to this machine. Throws a GuardConfigError for anything else. */
export function readServiceUrl(text: string, where: string): string {
	if (!/^https?:\/\//i.test(text)) {
		throw new GuardConfigError(
			`${where} is the address of a gRPC core, which this guard neither needs nor speaks to: it verifies and decides ` +
				'itself. Remove it, or set the http(s) URL of a decision service (RFC-005).',
		);
	}
	const url = urlOf(text);
	const local = url !== undefined && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
	if (url === undefined || url.username !== '' || url.password !== '' || (url.protocol === 'http:' && !local)) {
		throw new GuardConfigError(`${where} must be an https URL without credentials (http only to this machine).`);
	}
	return url.href;
}
