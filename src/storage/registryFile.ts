import { type FSWatcher, watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findNodeAtLocation, type JSONPath } from 'jsonc-parser';
import { type Disposable } from '../base/disposable';
import { errorText } from '../base/errors';
import { Emitter } from '../base/event';
import { type Logger } from '../base/logger';
import { parseJson } from '../base/strictJson';
import { lineAt, MAX_DOCUMENT_CHARS, parseDocument } from '../domain/registry/jsonDocument';
import { clashOf, readServerEntries } from '../domain/registry/readServerEntry';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { type Registry } from '../firewall/ports';
import { isMissing } from './originFile';
import { makePrivateDirectory, writePrivateFile } from './privateFile';

/** Why the registry cannot be used. While there is one, it has no servers and takes none: everything is refused. */
export interface RegistryProblem {
	readonly file: string;
	/** 1-based. */
	readonly line: number;
	readonly message: string;
}

/** How a change ended. */
export type RegistryChange = { readonly kind: 'done' } | { readonly kind: 'problem'; readonly problem: string };

interface Content {
	readonly text: string | undefined;
	readonly entries: readonly ServerEntry[];
	readonly problem?: RegistryProblem;
}

const NAME = 'registry.json';

/**
 * The reviewed servers, in `registry.json` of a directory that only its owner can enter. INVARIANT: the directory is
 * outside every workspace (the extension's global storage), where no guarded tool reaches it (invariant 9). A file that
 * does not validate is left as it is and named in {@link problem}. Changes by other windows are seen at once.
 */
export class RegistryFile implements Registry, Disposable {
	private readonly emitter = new Emitter<void>();
	private content: Content = { text: undefined, entries: [] };
	private watcher: FSWatcher | undefined;
	private queue: Promise<unknown> = Promise.resolve();

	/** Fires after the servers, or the problem, became others. */
	readonly onDidChange = this.emitter.event;

	private constructor(
		private readonly directory: string,
		private readonly logger: Logger,
	) {}

	/** Reads the registry of a directory, which is made when missing. Rejects when the directory cannot be used. */
	static async open(directory: string, logger: Logger): Promise<RegistryFile> {
		await makePrivateDirectory(directory);
		const registry = new RegistryFile(directory, logger);
		registry.watcher = watch(directory, { persistent: false }, (_event, name) => {
			if (name === null || name === NAME) {
				void registry.reload();
			}
		});
		registry.watcher.on('error', error => {
			logger.warn(`the registry is not watched any more: ${errorText(error)}`);
		});
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
		return this.content.entries;
	}

	find(serverId: string): ServerEntry | undefined {
		return this.content.entries.find(({ id }) => id === serverId);
	}

	/** Adds an entry or replaces the one of the same id. A name that another server has is a problem. */
	put(entry: ServerEntry): Promise<RegistryChange> {
		return this.change(entries => {
			const others = entries.filter(({ id }) => id !== entry.id);
			if (clashOf(others, entry) !== undefined) {
				return 'another guarded server has the same name';
			}
			return others.length === entries.length
				? [...entries, entry]
				: entries.map(existing => (existing.id === entry.id ? entry : existing));
		});
	}

	/** Removes an entry; one that is not there is no problem. */
	remove(serverId: string): Promise<RegistryChange> {
		return this.change(entries => entries.filter(({ id }) => id !== serverId));
	}

	/** Reads the file again. Never rejects: trouble becomes {@link problem}. */
	reload(): Promise<void> {
		return this.serialise(() => this.refresh());
	}

	dispose(): void {
		this.watcher?.close();
		this.emitter.dispose();
	}

	private change(
		edit: (entries: readonly ServerEntry[]) => readonly ServerEntry[] | string,
	): Promise<RegistryChange> {
		return this.serialise(async () => {
			await this.refresh();
			if (this.content.problem !== undefined) {
				return { kind: 'problem', problem: describeRegistryProblem(this.content.problem) };
			}
			const entries = edit(this.content.entries);
			if (typeof entries === 'string') {
				return { kind: 'problem', problem: entries };
			}
			const text = `${JSON.stringify({ version: 2, servers: entries }, undefined, '\t')}\n`;
			const content = readContent(text, this.file);
			if (content.problem !== undefined) {
				return { kind: 'problem', problem: `the entry is not valid: ${content.problem.message}` };
			}
			try {
				await writePrivateFile(this.file, text);
			} catch (error) {
				return { kind: 'problem', problem: `the registry cannot be written: ${errorText(error)}` };
			}
			this.accept(content);
			return { kind: 'done' };
		});
	}

	/** One reader or writer at a time in this window; other windows are seen because every change reads first. */
	private serialise<T>(run: () => Promise<T>): Promise<T> {
		const next = this.queue.then(run, run);
		this.queue = next.catch(() => undefined);
		return next;
	}

	private async refresh(): Promise<void> {
		let text: string | undefined;
		try {
			text = await readFile(this.file, 'utf8');
		} catch (error) {
			if (!isMissing(error)) {
				const problem = { file: this.file, line: 1, message: errorText(error) };
				this.accept({ text: undefined, entries: [], problem });
				return;
			}
		}
		this.accept(text === undefined ? { text, entries: [] } : readContent(text, this.file));
	}

	private accept(content: Content): void {
		const same = content.text === this.content.text && content.problem?.message === this.content.problem?.message;
		if (same) {
			return;
		}
		this.content = content;
		if (content.problem !== undefined) {
			this.logger.error(describeRegistryProblem(content.problem));
		}
		this.emitter.fire();
	}
}

/** The problem as one sentence for people. */
export function describeRegistryProblem({ file, line, message }: RegistryProblem): string {
	return `The registry cannot be used: ${file}, line ${line}: ${message}.`;
}

function readContent(text: string, file: string): Content {
	const failed = (line: number, message: string): Content => ({
		text,
		entries: [],
		problem: { file, line, message },
	});
	if (text.length > MAX_REGISTRY_CHARS) {
		return failed(1, 'the file is too large');
	}
	const parsed = parseJson(text, 'strict');
	if (!parsed.ok) {
		const document = parseDocument(text, 'json');
		return 'problem' in document
			? failed(document.problem.line, document.problem.message)
			: failed(1, parsed.problem.kind === 'duplicate-key' ? 'a key occurs twice' : 'it is not acceptable JSON');
	}
	const outcome = readServerEntries(parsed.value);
	if (outcome.kind === 'read') {
		return { text, entries: outcome.entries };
	}
	const { pointer, message } = outcome.problem;
	return failed(lineOf(text, pointer), `${pointer} ${message}`.trim());
}

/** Many servers with large schemas fit; beyond it, lines are not told. */
const MAX_REGISTRY_CHARS = MAX_DOCUMENT_CHARS * 32;

/** The line of the deepest existing node on the way that a JSON pointer names. */
function lineOf(text: string, pointer: string): number {
	const document = parseDocument(text, 'json');
	if ('problem' in document) {
		return 1;
	}
	const steps = pointer.split('/').slice(1);
	const way: JSONPath = steps.map(token => (/^\d+$/.test(token) ? Number(token) : pointerKey(token)));
	for (let length = way.length; length > 0; length--) {
		const node = findNodeAtLocation(document.root, way.slice(0, length));
		if (node !== undefined) {
			return lineAt(text, node.offset);
		}
	}
	return 1;
}

function pointerKey(token: string): string {
	return token.replaceAll('~1', '/').replaceAll('~0', '~');
}
