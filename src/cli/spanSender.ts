import { errorText } from '../base/errors';
import { type Logger } from '../base/logger';
import { type AuditEntry } from '../domain/audit/auditRecord';
import { OtlpSender } from '../proxy/otlp/otlpSender';
import { otlpTarget } from '../proxy/otlp/otlpTarget';
import { systemClock } from '../storage/system';
import { UsageError } from './commandLine';

/** The variable that holds headers for `--otlp-endpoint`, `name=value` separated by commas: a secret, so no argument. */
const OTLP_HEADERS = 'MCP_FIREWALL_OTLP_HEADERS';

/** What sends spans of calls to an endpoint; undefined without one. Throws a {@link UsageError} for one that cannot be used. */
function spanSender(endpoint: string | undefined, logger: Logger): OtlpSender | undefined {
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

/** Sends spans where an endpoint is named, and elsewhere from the moment on that another one is. */
export class FollowedSpans {
	private readonly closing: Promise<void>[] = [];
	private sender: OtlpSender | undefined;

	/** Throws a {@link UsageError} for an endpoint that cannot be used. */
	constructor(
		private endpoint: string | undefined,
		private readonly logger: Logger,
	) {
		this.sender = spanSender(endpoint, logger);
	}

	/** Takes the spans of an entry along. Never throws. */
	add(entry: AuditEntry): void {
		this.sender?.add(entry);
	}

	/** From now on spans go there. No call depends on them, so one that cannot be used is told, and nothing is sent. */
	follow(endpoint: string | undefined): void {
		if (endpoint === this.endpoint) {
			return;
		}
		this.endpoint = endpoint;
		if (this.sender !== undefined) {
			this.closing.push(this.sender.close());
		}
		this.sender = undefined;
		try {
			this.sender = spanSender(endpoint, this.logger);
		} catch (error) {
			this.logger.error(errorText(error));
		}
	}

	/** Sends what waits. */
	async close(): Promise<void> {
		await Promise.all([...this.closing, this.sender?.close()]);
	}
}
