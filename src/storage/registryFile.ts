import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock } from '../base/clock';
import { type Disposable } from '../base/disposable';
import { errorText, isMissing } from '../base/errors';
import { Emitter } from '../base/event';
import { type Logger } from '../base/logger';
import { inEnglish } from '../base/phrase';
import { changeStatus, concernedBy, type StatusChange } from '../domain/registry/changeStatus';
import { PROBLEM_WORDS } from '../domain/registry/problemWords';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { type Registry } from '../firewall/ports';
import { withFileLock } from './fileLock';
import { FileSigns } from './fileSigns';
import { makePrivateDirectory, writePrivateFile } from './privateFile';
import {
	describeRegistryProblem,
	readRegistryContent,
	type RegistryContent,
	type RegistryProblem,
	registryText,
} from './registryContent';
import { allOf, type Edit, putEntry, type RefusedEdit, setEntryStatus, updateEntry } from './registryEdits';
import { systemClock } from './system';

/** How a change ended. A problem is one sentence for people; then nothing was changed. */
export type RegistryChange = { readonly kind: 'done' } | RefusedEdit;

/** What a change expects to find. */
export interface PutOptions {
	/** The revision that the new entry was made from; 0 where there was none. Another one on the disk is a conflict. */
	readonly expected?: number;
}

const NAME = 'registry.json';
/** The file as version 1 left it. */
const OLD_NAME = 'registry.v1.json';
/** A revocation has to be everywhere within a second, also where the system tells nothing of files, ms. */
const POLL_MS = 150;
/** A file that another process is just replacing is read again so often, after so long, ms. */
const READS = 3;
const READ_AGAIN_MS = 20;

/**
 * The reviewed servers, in `registry.json` of a directory that only its owner can enter. INVARIANT: the directory is
 * outside every workspace (the extension's global storage), where no guarded tool reaches it (invariant 9). A file that
 * does not validate is left as it is and named in {@link problem}. Windows write one after the other, each over what is on the
 * disk then; what one of them changed the others see within 200 ms.
 */
export class RegistryFile implements Registry, Disposable {
	private readonly emitter = new Emitter<void>();
	private content: RegistryContent = { text: undefined, entries: [] };
	/** What this window has put to rest or revoked, and the disk does not say yet. */
	private readonly held = new Map<string, StatusChange>();
	private shown: readonly ServerEntry[] = [];
	private signs: FileSigns | undefined;
	private queue: Promise<unknown> = Promise.resolve();

	/** Fires after the servers, or the problem, became others. */
	readonly onDidChange = this.emitter.event;

	private constructor(
		private readonly directory: string,
		private readonly logger: Logger,
		private readonly clock: Clock,
	) {}

	/** Reads the registry of a directory, which is made when missing. Rejects when the directory cannot be used. */
	static async open(directory: string, logger: Logger, clock: Clock = systemClock): Promise<RegistryFile> {
		await makePrivateDirectory(directory);
		const registry = new RegistryFile(directory, logger, clock);
		registry.signs = new FileSigns([registry.file], clock, () => void registry.reload(), POLL_MS);
		await registry.reload();
		return registry;
	}

	/** The absolute path of the file, for people. */
	get file(): string {
		return join(this.directory, NAME);
	}

	/** Undefined when all is well. */
	get problem(): RegistryProblem | undefined {
		return this.content.problem;
	}

	/** In the order in which they were added; empty while there is a problem. */
	all(): readonly ServerEntry[] {
		return this.shown;
	}

	find(serverId: string): ServerEntry | undefined {
		return this.shown.find(({ id }) => id === serverId);
	}

	/**
	 * Adds an entry or replaces the one of the same id. A name that another server has is a problem. The stored revision is
	 * the given one, or the next one after what is stored, whichever is higher; an entry that says what is stored changes
	 * nothing.
	 */
	async put(entry: ServerEntry, { expected }: PutOptions = {}): Promise<RegistryChange> {
		const change = await this.change(putEntry(entry, expected));
		if (change.kind === 'done' && this.held.delete(entry.id)) {
			this.show();
		}
		return change;
	}

	/** Puts several entries, all of them or none. `over`: all servers as they were when the entries were made; others conflict. */
	putAll(entries: readonly ServerEntry[], over: readonly ServerEntry[]): Promise<RegistryChange> {
		const revisionOf = (wanted: string) => over.find(({ id }) => id === wanted)?.revision ?? 0;
		return this.change(allOf(entries.map(entry => putEntry(entry, revisionOf(entry.id)))));
	}

	/** Changes an entry as it is on the disk, also where another window has just changed it; one that is gone is a problem. */
	async update(serverId: string, by: (entry: ServerEntry) => ServerEntry): Promise<RegistryChange> {
		return this.change(updateEntry(serverId, by));
	}

	/**
	 * Changes the status of a server, and of those that {@link concernedBy} names with it, by the rules of {@link changeStatus}.
	 * What is put to rest or revoked is so in this window at once, before the disk is written, and stays so where that fails.
	 */
	async setStatus(serverId: string, status: StatusChange['status'], reason: string): Promise<RegistryChange> {
		const wanted = { status, reason };
		const ids = [serverId, ...concernedBy(this.shown, serverId, status).map(({ id }) => id)];
		if (status !== 'approved') {
			ids.forEach(id => this.held.set(id, wanted));
			this.show();
		}
		const change = await this.change(setEntryStatus(serverId, wanted));
		if (change.kind === 'done') {
			for (const id of ids.filter(each => this.held.get(each) === wanted || status === 'approved')) {
				this.held.delete(id);
			}
			this.show();
		}
		return change;
	}

	/** Removes an entry; one that is not there is no problem. */
	async remove(serverId: string): Promise<RegistryChange> {
		const change = await this.change(entries => entries.filter(({ id }) => id !== serverId));
		if (change.kind === 'done') {
			this.held.delete(serverId);
		}
		return change;
	}

	/** Reads the file again. Never rejects: trouble becomes {@link problem}. */
	reload(): Promise<void> {
		return this.serialise(() => this.refresh());
	}

	dispose(): void {
		this.signs?.dispose();
		this.emitter.dispose();
	}

	private change(edit: Edit): Promise<RegistryChange> {
		return this.serialise(async () => {
			const outcome = await withFileLock(this.file, holds => this.write(edit, holds));
			return outcome.kind === 'ran'
				? outcome.value
				: { kind: 'problem', problem: inEnglish(PROBLEM_WORDS.unwritable(outcome.problem)) };
		});
	}

	private async write(edit: Edit, holds: () => boolean): Promise<RegistryChange> {
		await this.refresh();
		if (this.content.problem !== undefined) {
			return { kind: 'problem', problem: describeRegistryProblem(this.content.problem) };
		}
		const entries = edit(this.content.entries);
		if ('kind' in entries) {
			return entries;
		}
		const text = registryText(entries);
		if (text === this.content.text || (entries.length === 0 && this.content.text === undefined)) {
			return { kind: 'done' };
		}
		const content = readRegistryContent(text, this.file);
		if (content.problem !== undefined) {
			return { kind: 'problem', problem: inEnglish(PROBLEM_WORDS.invalid(content.problem.message)) };
		}
		try {
			await this.keepOld();
			if (!holds()) {
				return { kind: 'problem', problem: inEnglish(PROBLEM_WORDS.unwritable('this window was too slow')) };
			}
			await writePrivateFile(this.file, text);
		} catch (error) {
			return { kind: 'problem', problem: inEnglish(PROBLEM_WORDS.unwritable(errorText(error))) };
		}
		this.accept(content);
		return { kind: 'done' };
	}

	/** Before a file of version 1 becomes one of version 2, it is kept beside it. */
	private async keepOld(): Promise<void> {
		const { old, text } = this.content;
		if (old === true && text !== undefined) {
			await writePrivateFile(join(this.directory, OLD_NAME), text);
		}
	}

	/** One reader or writer at a time in this window; the lock is for the others. */
	private serialise<T>(run: () => Promise<T>): Promise<T> {
		const next = this.queue.then(run, run);
		this.queue = next.catch(() => undefined);
		return next;
	}

	private async refresh(): Promise<void> {
		for (let read = 1; ; read++) {
			try {
				this.accept(readRegistryContent(await readFile(this.file, 'utf8'), this.file));
				return;
			} catch (error) {
				if (isMissing(error)) {
					this.accept({ text: undefined, entries: [] });
					return;
				}
				if (read >= READS) {
					const problem = { file: this.file, line: 1, message: errorText(error) };
					this.accept({ text: undefined, entries: [], problem });
					return;
				}
				await new Promise<void>(resolve => void this.clock.schedule(READ_AGAIN_MS, resolve));
			}
		}
	}

	private accept(content: RegistryContent): void {
		const same = content.text === this.content.text && content.problem?.message === this.content.problem?.message;
		if (same) {
			return;
		}
		this.content = content;
		if (content.problem !== undefined) {
			this.logger.error(describeRegistryProblem(content.problem));
		}
		this.show(true);
	}

	/** INVARIANT: what this window holds back is never shown as better than that. */
	private show(changed = false): void {
		const shown = this.content.entries.map(entry => {
			const held = this.held.get(entry.id);
			const rested = held === undefined ? entry : changeStatus(entry, held);
			return typeof rested === 'string' ? entry : rested;
		});
		const differs = shown.some((entry, at) => entry.status !== this.shown[at]?.status);
		this.shown = shown;
		if (changed || differs) {
			try {
				this.emitter.fire();
			} catch (error) {
				// Whoever listens must not keep a revocation from the disk.
				this.logger.error(`A change of the registry was not taken up everywhere: ${errorText(error)}`);
			}
		}
	}
}
