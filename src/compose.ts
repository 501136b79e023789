import { join } from 'node:path';
import { type TrailSigner } from './domain/audit/checkpoint';
import { didKeyOf } from './domain/identity/did';
import { Firewall } from './firewall/firewall';
import { noteEvent } from './firewall/noteEvent';
import { type Durability, type FirewallPorts } from './firewall/ports';
import { argumentsMac } from './storage/argumentsMac';
import { discoveryFolder } from './storage/discoveryPlace';
import { fileState } from './storage/fileState';
import { GrantFile, type GrantKey } from './storage/grantFile';
import { BothAnchors, FileAnchor, type HeadAnchor } from './storage/headAnchor';
import { Journal } from './storage/journal';
import { reviveJournal } from './storage/journalRevival';
import { realPathResolver } from './storage/realPath';
import { Retention } from './storage/retention';
import { type RetentionLimits } from './storage/retentionPlan';
import { StreamWitness } from './storage/streamWitness';
import { nodeSha256, systemClock, systemIds } from './storage/system';
import { fileSigner } from './storage/trailKeyFile';

/** What is signed to get a secret for {@link argumentsMac}; never the text of a checkpoint. */
const MAC_SECRET = 'mcp-firewall/arguments-mac-secret/1';

/** What differs between the editor and the headless gateway. */
export type CoreParts = Omit<
	FirewallPorts,
	'clock' | 'ids' | 'digest' | 'installation' | 'paths' | 'fileState' | 'mac' | 'trail' | 'grantStore'
> & {
	/** Absolute; holds `trail/`. No guarded tool may touch it, whatever the policy says (invariant 9). */
	readonly dataDirectory: string;
	/** Absolute files and folders that no guarded tool may change: the policy, and what chooses it. */
	readonly protectedFiles: () => readonly string[];
	/** Signs workspace grants; absent where none are kept (headless). */
	readonly grantKey?: GrantKey;
	/** Signs the audit trail; left out: the key in the data directory (headless). */
	readonly signer?: TrailSigner;
	/** A second place that keeps the heads of the trail, besides `anchors/` in the data directory. */
	readonly anchor?: HeadAnchor;
	/** What every entry waits for at the least; asked each time. Left out: `written`. */
	readonly durability?: () => Durability;
	/** How much of the trail is kept; asked at each run. Left out: all of it. */
	readonly retention?: () => RetentionLimits;
};

/** The part that decides, screens and proves, with the operating system plugged in. The same for every face. */
export interface Core {
	readonly ports: FirewallPorts;
	readonly firewall: Firewall;
	readonly journal: Journal;
	readonly trailDirectory: string;
	/** Signs the trail. */
	readonly signer: TrailSigner;
	/** Keeps and knows the heads of the trail's streams. */
	readonly anchor: HeadAnchor;
	/** Removes what is too old or too much of the trail; absent where all is kept. Runs by itself. */
	readonly retention: Retention | undefined;
	/** Syncs and closes the journal. */
	close(): Promise<void>;
}

/** Opens the journal and builds the firewall over it. Rejects when the trail cannot be written. */
export async function composeCore(all: CoreParts): Promise<Core> {
	const { dataDirectory, protectedFiles, grantKey, signer, anchor, durability, retention: limits, ...parts } = all;
	const { logger } = parts;
	const trailDirectory = join(dataDirectory, 'trail');
	const trailSigner = signer ?? (await fileSigner(dataDirectory));
	const file = new FileAnchor(join(dataDirectory, 'anchors'), logger);
	const common = {
		...{ dir: trailDirectory, clock: systemClock, ids: systemIds, logger },
		signer: trailSigner,
		anchor: anchor === undefined ? file : new BothAnchors(file, anchor),
	};
	const journal = await Journal.open({ ...common, ...(durability && { durability }) });
	const witness = new StreamWitness({ ...common, memory: join(dataDirectory, 'witnessed.json') });
	// In the background: nobody waits for it.
	void witness.look(journal);
	journal.onDidOpen(() => void witness.look(journal));
	const revival = reviveJournal(journal, systemClock);
	const retention = limits && new Retention({ ...common, dataDirectory, limits, trail: journal });
	retention?.start();
	const grantStore =
		grantKey &&
		new GrantFile({
			...{ directory: join(dataDirectory, 'grants'), key: grantKey, clock: systemClock, logger: parts.logger },
			onRefused: (why, id) => {
				const detail = `${why}${id === undefined ? '' : `: it says it is ${id.slice(0, 64)}`}`;
				logger.warn(`A stored grant is not honoured: ${detail}`);
				const event = { trail: journal, ids: systemIds, clock: systemClock, logger };
				noteEvent(event, 'grant-refused', { actor: 'firewall', detail });
			},
		});
	const ports: FirewallPorts = {
		...parts,
		...(grantStore && { grantStore }),
		host: () => ({
			...parts.host(),
			// Whoever can write there could send other clients to a server of his own.
			protectedFolders: [dataDirectory, discoveryFolder()],
			protectedFiles: protectedFiles(),
		}),
		clock: systemClock,
		ids: systemIds,
		digest: nodeSha256,
		installation: didKeyOf({ x: trailSigner.publicKey }),
		paths: realPathResolver,
		fileState,
		// Ed25519 signs the same text the same way each time (RFC 8032 §5.1.6), and this one is told to nobody.
		mac: argumentsMac(trailSigner.sign(MAC_SECRET)),
		trail: journal,
	};
	const close = async () => {
		retention?.dispose();
		await retention?.settled();
		revival.dispose();
		await journal.close();
	};
	return {
		...{ ports, firewall: new Firewall(ports), journal, trailDirectory, retention, close },
		...{ signer: trailSigner, anchor: common.anchor },
	};
}
