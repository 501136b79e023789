import { closeSync, type FSWatcher, fstatSync, openSync, readFileSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { type Disposable } from '../base/disposable';
import { sha256Hex } from '../base/digest';
import { Emitter } from '../base/event';
import { errorText } from '../base/errors';
import { type CompositionLoad, parseComposition, withComposition } from '../domain/policy/composition';
import { composeLayers, type LayerSource, type LayerTrust } from '../domain/policy/layers';
import { parsePolicy } from '../domain/policy/parsePolicy';
import { type PolicyLoad, type PolicyProblem } from '../domain/policy/policy';
import { type PolicyBundle } from '../domain/policy/policyBundle';
import { READ_AT_ONCE } from './system';

/** A policy larger than this is not read at all. */
const MAX_POLICY_BYTES = 1024 * 1024;

/** Which files make the policy. */
export interface PolicyFilesOptions {
	/** The person's own policy, or a preset that came with the product. Missing means deny. */
	readonly base: string;
	/** Files of the workspace; each only tightens unless it is trusted, and each may be missing. */
	readonly workspace: readonly string[];
	/** The organisation's policy, above the person's own; may be missing. */
	readonly organisation?: string;
	/** The catalogue of compositions (policies/composition.yaml), put in force as the policies' `composition:` says. */
	readonly composition?: string;
	/** Which files of the workspace the person trusted; none when absent. */
	readonly trust?: LayerTrust;
}

/** The policy in force, read from files and re-read when they change. What cannot be read or parsed decides deny. */
export class PolicyFiles implements Disposable {
	private readonly changed = new Emitter<PolicyLoad>();
	private readonly watchers: FSWatcher[] = [];
	private loads: readonly PolicyLoad[] = [];
	private effective: PolicyLoad;
	private parts: Pick<PolicyBundle, 'sources' | 'composition'> = { sources: [] };

	/** Fires after the policy in force has become another one. */
	readonly onDidChange = this.changed.event;

	constructor(private options: PolicyFilesOptions) {
		this.effective = this.read();
		this.watch();
	}

	current(): PolicyLoad {
		return this.effective;
	}

	/** Every file's own load, for diagnostics. */
	files(): readonly PolicyLoad[] {
		return this.loads;
	}

	/** What the policy in force was made of. */
	bundle(): PolicyBundle {
		return { v: 1, digest: this.effective.digest, ...this.parts };
	}

	/** Follows other files from now on. */
	follow(options: PolicyFilesOptions): void {
		this.options = options;
		this.unwatch();
		this.watch();
		this.reload();
	}

	/** Reads all files again; fires when the outcome differs. */
	reload(): void {
		const before = this.effective.digest;
		this.effective = this.read();
		if (this.effective.digest !== before) {
			this.changed.fire(this.effective);
		}
	}

	dispose(): void {
		this.unwatch();
		this.changed.dispose();
	}

	private read(): PolicyLoad {
		const { base, workspace, organisation, composition, trust } = this.options;
		const own = readPolicy(base) ?? missing(base);
		const above = organisation === undefined ? undefined : readPolicy(organisation);
		const below = workspace.map(readPolicy).filter(load => load !== undefined);
		this.loads = [...(above ? [above] : []), own, ...below];
		const sources: readonly LayerSource[] = [
			...(above ? [{ kind: 'organisation', load: above } as const] : []),
			{ kind: 'user', load: own },
			...below.map(load => ({ kind: 'workspace', load }) as const),
		];
		const load = sources.length === 1 ? own : composeLayers(sources, trust);
		const catalogue = composition === undefined ? undefined : readCatalogue(composition);
		this.parts = partsOf(sources, trust, catalogue);
		return catalogue === undefined ? load : withComposition(load, catalogue);
	}

	/** Folders are watched, not files: editors replace files, and a file may appear later. */
	private watch(): void {
		const { base, workspace, organisation, composition } = this.options;
		const files = [base, ...workspace, organisation, composition].filter(file => file !== undefined);
		for (const folder of new Set(files.map(file => dirname(file)))) {
			const names = new Set(files.filter(file => dirname(file) === folder).map(file => basename(file)));
			try {
				const watcher = watch(folder, { persistent: false }, (_event, name) => {
					if (name === null || names.has(name)) {
						this.reload();
					}
				});
				watcher.on('error', () => undefined);
				this.watchers.push(watcher);
			} catch {
				// The folder is not there (yet): nothing to follow. The file counts as missing.
			}
		}
	}

	private unwatch(): void {
		for (const watcher of this.watchers.splice(0)) {
			watcher.close();
		}
	}
}

/** The texts that were read; of policies and catalogues without one, nothing can be made again but a denial. */
const texts = new WeakMap<object, string>();

function partsOf(
	sources: readonly LayerSource[],
	trust: LayerTrust | undefined,
	catalogue: CompositionLoad | undefined,
): Pick<PolicyBundle, 'sources' | 'composition'> {
	const kept: PolicyBundle['sources'][number][] = [];
	for (const { kind, load } of sources) {
		const text = texts.get(load);
		if (text === undefined) {
			return { sources: [] };
		}
		const trusted = trust?.workspaceTrusted === true && trust.trustedDigests.has(load.digest);
		kept.push({ kind, file: load.file, text, ...(kind === 'workspace' && trusted && { trusted }) });
	}
	if (catalogue === undefined) {
		return { sources: kept };
	}
	const text = texts.get(catalogue);
	const off = sources.every(({ load }) => (load.policy?.composition ?? 'off') === 'off');
	return text === undefined
		? { sources: off ? kept : [] }
		: { sources: kept, composition: { file: catalogue.file, text } };
}

/** The catalogue of compositions; one that is missing or unreadable makes a policy that asks for it deny everything. */
function readCatalogue(file: string): ReturnType<typeof parseComposition> {
	const read = readFile(file, parseComposition);
	return read !== undefined && !('policy' in read)
		? read
		: { compositions: undefined, problems: (read ?? missing(file)).problems, digest: sha256Hex(file), file };
}

/** One file's load; undefined when there is no such file. Other trouble is a load without a policy. */
function readPolicy(file: string): PolicyLoad | undefined {
	return readFile(file, parsePolicy);
}

function readFile<T extends object>(
	file: string,
	parse: (text: string, file: string) => T,
): T | PolicyLoad | undefined {
	try {
		const bytes = readRegularFile(file);
		if (bytes === undefined) {
			return unreadable(file, 'too-large', 'The policy must be a regular file of at most 1 MiB.');
		}
		const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
		const load = parse(text, file);
		texts.set(load, text);
		return load;
	} catch (error) {
		if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) {
			return undefined;
		}
		return unreadable(file, 'syntax', `The policy cannot be read: ${errorText(error)}`);
	}
}

/** A hostile workspace can put a device or a pipe in the place of a file: neither is read, nor waited for. */
function readRegularFile(file: string): Buffer | undefined {
	const handle = openSync(file, READ_AT_ONCE);
	try {
		const facts = fstatSync(handle);
		return facts.isFile() && facts.size <= MAX_POLICY_BYTES ? readFileSync(handle) : undefined;
	} finally {
		closeSync(handle);
	}
}

function missing(file: string): PolicyLoad {
	return unreadable(file, 'syntax', 'The policy file does not exist. Create it, or choose a preset.');
}

function unreadable(file: string, code: PolicyProblem['code'], message: string): PolicyLoad {
	const start = { line: 1, column: 1 };
	const problem = { severity: 'error', code, message, at: { file, ...start }, end: start } as const;
	return { policy: undefined, problems: [problem], digest: sha256Hex(`${file}\0${message}`), file };
}
