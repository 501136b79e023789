import { randomBytes } from 'node:crypto';
import { type Dirent } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock } from '../base/clock';
import { type Disposable } from '../base/disposable';
import { readEnvText } from '../domain/inspection/envText';
import { isSecretLikeName, type NamedValue } from '../domain/inspection/knownCandidate';
import { KnownValues } from '../domain/inspection/knownValues';
import { READ_AT_ONCE } from './system';

/** Where this machine keeps secrets, as far as they can be known. */
export interface MachineSecretsOptions {
	/** Absolute folders whose `.env*` files are read, freshly computed. */
	readonly folders: () => readonly string[];
	/** Variables of this process: those with names of secrets count. */
	readonly env: Readonly<Record<string, string | undefined>>;
	/** Other secrets (the editor's storage). A rejection counts as none. */
	readonly more?: () => Promise<readonly NamedValue[]>;
	readonly clock: Clock;
}

/** Milliseconds between two looks at the files' facts, and looks between two at the folders. */
const LOOK_MS = 1_000;
const FOLDERS_EVERY = 30;
const MAX_FILES = 100;
const MAX_BYTES = 262_144;
/** Folders below a workspace folder: packages of a monorepo. */
const DEPTH = 2;
const MAX_FOLDERS = 200;
const ENV_FILE = /^\.env(?:\.[\w.-]{1,80})?$/;
const NO_SECRETS = /\.(?:example|sample|template|dist|defaults?|schema)$/i;
const NOT_BELOW = /^(?:\..*|node_modules|dist|build|out|target|vendor|venv|__pycache__)$/;

/** One key for all sets of this process: what left before is told by it. */
const key = [randomBytes(4).readInt32LE(), randomBytes(4).readInt32LE()] as const;

/**
 * What this machine keeps secret: values of `.env*` files in the workspace (planted canaries among them), of variables with
 * names of secrets, and of other places. Read once it is started, and again when the files' facts change. INVARIANT: values
 * are kept as {@link KnownValues} alone, and never written or logged (6).
 */
export class MachineSecrets implements Disposable {
	private known: KnownValues | undefined;
	private folders: readonly string[] = [];
	private signs = '';
	private looks = 0;
	private timer: Disposable | undefined;
	private disposed = false;
	private latest: Promise<void> = Promise.resolve();

	constructor(private readonly options: MachineSecretsOptions) {}

	/** The same object until something changes; undefined before the first look has ended. */
	current(): KnownValues | undefined {
		return this.known;
	}

	/** Looks now, and from now on. Resolves after the first look; never rejects. */
	async start(): Promise<void> {
		await this.refresh();
		this.poll();
	}

	/** Looks again at everything, whatever the files' facts say. Never rejects. */
	refresh(): Promise<void> {
		this.signs = '';
		this.looks = 0;
		return this.look();
	}

	dispose(): void {
		this.disposed = true;
		this.timer?.dispose();
	}

	/** One look after the other. */
	private look(): Promise<void> {
		this.latest = this.latest.then(() => this.lookOnce()).catch(() => undefined);
		return this.latest;
	}

	private async lookOnce(): Promise<void> {
		if (this.looks++ % FOLDERS_EVERY === 0) {
			this.folders = await foldersBelow(this.options.folders());
		}
		const files = await envFiles(this.folders);
		const signs = JSON.stringify(files);
		if (signs === this.signs && this.known !== undefined) {
			return;
		}
		const texts = await Promise.all(files.map(({ path }) => readStart(path)));
		const more = (await this.options.more?.().catch(() => [])) ?? [];
		const named = Object.entries(this.options.env).flatMap(([name, value]) =>
			value !== undefined && isSecretLikeName(name) ? [{ name, value }] : [],
		);
		// Files of the workspace last: whoever writes them must not crowd out what the machine itself keeps.
		this.known = new KnownValues([...more, ...named, ...texts.flatMap(readEnvText)], key);
		this.signs = signs;
	}

	private poll(): void {
		if (!this.disposed) {
			this.timer = this.options.clock.schedule(LOOK_MS, () => void this.look().then(() => this.poll()));
		}
	}
}

async function foldersBelow(roots: readonly string[]): Promise<readonly string[]> {
	const found: string[] = [];
	let layer: readonly string[] = roots;
	for (let depth = 0; depth <= DEPTH && found.length < MAX_FOLDERS; depth++) {
		found.push(...layer);
		const below: string[] = [];
		for (const folder of depth < DEPTH ? layer.slice(0, MAX_FOLDERS) : []) {
			for (const entry of await entriesOf(folder)) {
				if (entry.isDirectory() && !NOT_BELOW.test(entry.name) && below.length < MAX_FOLDERS) {
					below.push(join(folder, entry.name));
				}
			}
		}
		layer = below;
	}
	return found.slice(0, MAX_FOLDERS);
}

interface FileSign {
	readonly path: string;
	readonly sign: string;
}

/** Files with secrets, and what tells that one changed. */
async function envFiles(folders: readonly string[]): Promise<readonly FileSign[]> {
	const found: FileSign[] = [];
	for (const folder of folders) {
		for (const { name } of await entriesOf(folder)) {
			if (ENV_FILE.test(name) && !NO_SECRETS.test(name) && found.length < MAX_FILES) {
				const path = join(folder, name);
				const facts = await stat(path).catch(() => undefined);
				if (facts?.isFile() === true) {
					found.push({ path, sign: [facts.ino, facts.size, facts.mtimeMs, facts.ctimeMs].join(' ') });
				}
			}
		}
	}
	return found;
}

async function entriesOf(folder: string): Promise<readonly Dirent[]> {
	return readdir(folder, { withFileTypes: true }).catch(() => []);
}

/** The beginning of a file; empty where it cannot be read. */
async function readStart(path: string): Promise<string> {
	try {
		const handle = await open(path, READ_AT_ONCE);
		try {
			const { bytesRead, buffer } = await handle.read(Buffer.alloc(MAX_BYTES), 0, MAX_BYTES, 0);
			return buffer.toString('utf8', 0, bytesRead);
		} finally {
			await handle.close();
		}
	} catch {
		return '';
	}
}
