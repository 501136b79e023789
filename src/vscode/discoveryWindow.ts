import { rmSync } from 'node:fs';
import { type Clock, type IdSource } from '../base/clock';
import { type Disposable } from '../base/disposable';
import { errorText } from '../base/errors';
import { type Event } from '../base/event';
import { type Logger } from '../base/logger';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { type GuardedAddress } from '../proxy/face/endpoint';
import { type HomeRecord, writeRecord } from '../storage/discoveryRecord';
import { cleanWindows, publishConnect, publishHome, publishWindow, windowFile } from '../storage/discoveryWriter';
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
	readonly onDidChange: Event<void>;
	readonly clock: Clock;
	readonly ids: IdSource;
	readonly logger: Logger;
}

/**
 * Keeps this window's discovery file in step, and removes it at the end. Trouble is logged: the editor itself does not need
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
		const { root, extensionVersion, folders, policyFiles, logger } = this.options;
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
			const home = { ...this.home(), updatedAt: 0 };
			const text = writeRecord(window) + writeRecord(home);
			if (text === this.written) {
				return;
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

	private home() {
		const { dataDirectory, extensionPath, extensionVersion, program, policyFiles, settings } = this.options;
		const { base, organisation = [], required = [], composition = '', trust } = policyFiles();
		// What a folder may allow counts in a trusted folder only; without a window nobody can tell any more.
		const trustedFiles = Object.fromEntries((trust?.workspaceTrusted === true && trust.trustedFiles) || []);
		return {
			...{ dataDirectory, extensionPath, extensionVersion, ...(program !== undefined && { program }) },
			policy: { base, organisation, required, composition, trustedFiles },
			...settings?.(),
		};
	}

	private remove(): void {
		try {
			rmSync(windowFile(this.options.root, this.id), { force: true });
		} catch (error) {
			this.options.logger.warn(`A discovery file could not be removed: ${errorText(error)}`);
		}
	}
}
