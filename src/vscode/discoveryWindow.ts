import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Clock, type IdSource } from '../base/clock';
import { type Disposable } from '../base/disposable';
import { errorText } from '../base/errors';
import { type Event } from '../base/event';
import { type Logger } from '../base/logger';
import { samePath } from '../base/samePath';
import { listKey, type WorkspaceLists } from '../domain/registry/serverLists';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { type GuardedAddress } from '../proxy/face/endpoint';
import { readHome } from '../storage/discoveryFiles';
import { type FolderRecord, type HomeRecord, writeRecord } from '../storage/discoveryRecord';
import {
	cleanWindows,
	publishConnect,
	publishFolder,
	publishHome,
	publishWindow,
	windowFile,
} from '../storage/discoveryWriter';
import { type PolicyFilesOptions } from '../storage/policyReading';

/** What other processes of the person may know of this window. */
export interface DiscoveryOptions {
	/** The folder of the discovery files. */
	readonly root: string;
	readonly dataDirectory: string;
	readonly extensionPath: string;
	readonly extensionVersion: string;
	/** What starts shims here; absolute. */
	readonly program?: string;
	/** The shim that came with this extension. */
	readonly shim: string;
	/** The servers that are offered in this window now; none in a restricted workspace. */
	readonly entries: () => readonly ServerEntry[];
	readonly folders: () => readonly string[];
	readonly addressOf: (serverId: string) => GuardedAddress;
	readonly policyFiles: () => PolicyFilesOptions;
	/** What the settings say beside the policy; absent: nobody is trusted, nobody else decides. */
	readonly settings?: () => Pick<HomeRecord, 'identity' | 'decision' | 'serverLists'>;
	/** What the open workspace adds to the lists of servers in the settings; absent: nothing. */
	readonly workspaceLists?: () => WorkspaceLists;
	readonly onDidChange: Event<void>;
	readonly clock: Clock;
	readonly ids: IdSource;
	readonly logger: Logger;
}

/**
 * Keeps this window's discovery file in step, and removes it at the end; what guarding without a window needs stays. Of that, what a
 * workspace says is left with its folders, so that it holds there and nowhere else, whichever window is opened later. Trouble is logged: the editor itself does not need
 * the file.
 */
export class DiscoveryWindow implements Disposable {
	private readonly id: string;
	private readonly startedAt: number;
	private readonly subscription: Disposable;
	private queue: Promise<void> = Promise.resolve();
	private written = '';
	private disposed = false;

	constructor(private readonly options: DiscoveryOptions) {
		this.id = options.ids.token();
		this.startedAt = options.clock.now();
		this.subscription = options.onDidChange(() => {
			void this.update();
		});
		void this.update();
		void cleanWindows(options.root);
	}

	/** Resolves when the files say how things are. Never rejects. */
	update(): Promise<void> {
		this.queue = this.queue.then(() => this.write());
		return this.queue;
	}

	dispose(): void {
		this.disposed = true;
		this.subscription.dispose();
		this.remove();
	}

	private async write(): Promise<void> {
		const { root, dataDirectory, extensionVersion, folders, policyFiles, logger } = this.options;
		try {
			if (this.disposed) {
				return;
			}
			const { id, startedAt } = this;
			const servers = this.servers();
			const restricted = policyFiles().trust?.workspaceTrusted === false;
			const window = {
				...{ id, pid: process.pid, startedAt, extensionVersion },
				...{ folders: folders(), restricted, servers },
			};
			const home = { ...this.home(await readHome(root, dataDirectory)), updatedAt: 0 };
			const ofFolders = this.ofFolders();
			const text = [window, home, ...ofFolders].map(writeRecord).join('');
			if (text === this.written) {
				return;
			}
			for (const record of ofFolders) {
				await publishFolder(root, record);
			}
			await publishHome(root, { ...home, updatedAt: this.options.clock.now() });
			await publishConnect(root, this.options.shim);
			await publishWindow(root, window);
			this.written = text;
		} catch (error) {
			logger.warn(`Other clients cannot find this window: ${errorText(error)}`);
		} finally {
			// It was closed while the file was being written.
			if (this.disposed) {
				this.remove();
			}
		}
	}

	private servers() {
		return this.options.entries().map(({ id, name }) => {
			const { uri, headers } = this.options.addressOf(id);
			return { id, name, uri, token: (headers.Authorization ?? '').replace(/^Bearer /, '') };
		});
	}

	private home(before: HomeRecord | undefined) {
		const { dataDirectory, extensionPath, extensionVersion, program, policyFiles, settings } = this.options;
		const { base, organisation = [], required = [], composition = '' } = policyFiles();
		const said = settings?.();
		const serverLists = [...(said?.serverLists ?? []), ...this.stillShared(before)];
		return {
			...{ dataDirectory, extensionPath, extensionVersion, ...(program !== undefined && { program }) },
			policy: { base, organisation, required, composition, trustedFiles: {} },
			...said,
			...(serverLists.length > 0 && { serverLists }),
		};
	}

	/**
	 * INVARIANT: a workspace that says what a policy of VS Code says as well does not take it from the other folders: what they were
	 * told stays until a window can tell who says it.
	 */
	private stillShared(before: HomeRecord | undefined): WorkspaceLists['perhapsShared'] {
		const known = before && new Set((before.serverLists ?? []).map(listKey));
		const { perhapsShared = [] } = this.options.workspaceLists?.() ?? {};
		return perhapsShared.filter(list => known?.has(listKey(list)) ?? true);
	}

	private ofFolders(): readonly FolderRecord[] {
		const { dataDirectory, folders, policyFiles, workspaceLists } = this.options;
		const { trust } = policyFiles();
		// What a folder may allow counts in a trusted folder only; without a window nobody can tell any more.
		const trusted = [...((trust?.workspaceTrusted === true && trust.trustedFiles) || [])];
		const { lists: serverLists = [] } = workspaceLists?.() ?? {};
		return folders().map(folder => {
			const own = trusted.filter(([file]) => samePath(dirname(dirname(file)), folder));
			return { dataDirectory, folder, serverLists, trustedFiles: Object.fromEntries(own) };
		});
	}

	private remove(): void {
		try {
			rmSync(windowFile(this.options.root, this.id), { force: true });
		} catch (error) {
			this.options.logger.warn(`A discovery file could not be removed: ${errorText(error)}`);
		}
	}
}
