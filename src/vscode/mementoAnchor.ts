import type * as vscode from 'vscode';
import { type Clock } from '../base/clock';
import { type Disposable } from '../base/disposable';
import { errorText } from '../base/errors';
import { type JsonValue } from '../base/json';
import { type Logger } from '../base/logger';
import { type AnchoredHead } from '../domain/audit/checkpoint';
import { furtherHead, readHead } from '../domain/audit/readHead';
import { type HeadAnchor } from '../storage/headAnchor';

/** Heads reach the editor's state no oftener than so, milliseconds. */
export const MEMENTO_EVERY_MS = 5_000;
/** Streams whose heads are kept: those whose heads are the newest. */
export const MEMENTO_STREAMS = 200;

const PREFIX = 'trailHead.';

/**
 * Keeps heads in the editor's own state, one key for each stream, so that who alters the data directory has not altered them
 * too. They come there some seconds late, and at {@link MementoAnchor.flush}.
 */
export class MementoAnchor implements HeadAnchor {
	private readonly waiting = new Map<string, AnchoredHead>();
	private timer: Disposable | undefined;
	private writing: Promise<void> = Promise.resolve();

	constructor(
		private readonly memento: Pick<vscode.Memento, 'get' | 'update' | 'keys'>,
		private readonly clock: Clock,
		private readonly logger: Logger,
	) {}

	keep(head: AnchoredHead): void {
		this.waiting.set(head.stream, furtherHead(this.waiting.get(head.stream), head));
		this.timer ??= this.clock.schedule(MEMENTO_EVERY_MS, () => void this.flush());
	}

	heads(): Promise<readonly AnchoredHead[]> {
		return Promise.resolve(this.stored().map(({ head }) => head));
	}

	flush(): Promise<void> {
		this.timer?.dispose();
		this.timer = undefined;
		this.writing = this.writing.then(() => this.write());
		return this.writing;
	}

	private async write(): Promise<void> {
		try {
			for (const [stream, head] of this.waiting) {
				this.waiting.delete(stream);
				await this.memento.update(`${PREFIX}${stream}`, head);
			}
			for (const { key } of this.stored().slice(MEMENTO_STREAMS)) {
				await this.memento.update(key, undefined);
			}
		} catch (error) {
			this.logger.warn(`The head of the audit trail could not be kept by the editor: ${errorText(error)}`);
		}
	}

	/** The newest first. */
	private stored(): readonly { readonly key: string; readonly head: AnchoredHead }[] {
		return this.memento
			.keys()
			.filter(key => key.startsWith(PREFIX))
			.flatMap(key => {
				const head = readHead(this.memento.get<JsonValue>(key));
				return head !== undefined && key === `${PREFIX}${head.stream}` ? [{ key, head }] : [];
			})
			.sort((one, other) => (one.head.at < other.head.at ? 1 : -1));
	}
}
