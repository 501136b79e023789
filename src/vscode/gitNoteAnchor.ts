import { errorText } from '../base/errors';
import { type Logger } from '../base/logger';
import { type AnchoredHead } from '../domain/audit/checkpoint';
import { type HeadAnchor } from '../storage/headAnchor';

/**
 * Writes the head of each segment that is sealed, and of the stream that is closed, to wherever `write` puts it (a git note).
 * `write` is asked for nothing more often; whether it is wanted it knows itself.
 */
export class GitNoteAnchor implements HeadAnchor {
	private readonly last = new Map<string, AnchoredHead>();
	private writing: Promise<void> = Promise.resolve();

	constructor(
		private readonly write: (heads: readonly AnchoredHead[]) => Promise<void>,
		private readonly logger: Logger,
	) {}

	keep(head: AnchoredHead): void {
		const before = this.last.get(head.stream);
		this.last.set(head.stream, head);
		const sealed = before !== undefined && before.segment < head.segment ? [before] : [];
		const heads = head.closed === true ? [...sealed, head] : sealed;
		if (heads.length > 0) {
			this.writing = this.writing
				.then(() => this.write(heads))
				.catch((error: unknown) => {
					this.logger.warn(`The head of the audit trail is not in a git note: ${errorText(error)}`);
				});
		}
	}

	/** They are read back with git, by who verifies. */
	heads(): Promise<readonly AnchoredHead[]> {
		return Promise.resolve([]);
	}

	flush(): Promise<void> {
		return this.writing;
	}
}
