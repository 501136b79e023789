import { realpath } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { rcompare } from 'semver';
import { baseName } from '../base/baseName';
import { errorText } from '../base/errors';
import { type Logger } from '../base/logger';
import { urlOf } from '../base/urlOf';
import { compareSupply, type SupplyDifference } from '../domain/registry/compareSupply';
import { type Launch } from '../domain/registry/launch';
import { innerLaunch, pinnedLaunch, readLaunchSource } from '../domain/registry/launchSource';
import { type ProgramLookup } from '../domain/registry/programLookup';
import { type ResolvedHttpLaunch, type ResolvedLaunch } from '../domain/registry/resolveLaunch';
import { SUPPLY_GAPS } from '../domain/registry/supplyGaps';
import { type SupplyPin } from '../domain/registry/supplyPin';
import { versionAtRegistry, versionsInCache } from './npxCache';
import { FileDigests } from './supplyFiles';
import { lookAtLaunch } from './supplyLook';

/** What is needed to look at programs. */
export interface SupplyOptions {
	/** Programs are found as they are when a launch is started. */
	readonly lookup: (launch: ResolvedLaunch) => ProgramLookup;
	/** The person's home folder, where package managers keep their caches. */
	readonly home: string;
	readonly logger: Logger;
}

/** The outcome of a look before a start. */
export type SupplyCheck =
	| { readonly kind: 'same'; readonly launch: ResolvedLaunch | ResolvedHttpLaunch }
	| { readonly kind: 'differs'; readonly differences: readonly SupplyDifference[] };

/** A way to settle that a launch names no exact version. */
export interface PinProposal {
	readonly version: string;
	readonly launch: Launch;
}

const INSPECT_MS = 10_000;
const run = promisify(execFile);

/** Says by digest what launches start, and whether that is still what was reviewed (C2, C10). One for each window. */
export class SupplyPins {
	private readonly digests = new FileDigests();

	constructor(private readonly options: SupplyOptions) {}

	/**
	 * Pins what a launch starts, for review. A package that npx would fetch is fetched, not run, so that it can be pinned
	 * before it runs for the first time. Never rejects: what cannot be pinned is a gap.
	 */
	async pin(resolved: ResolvedLaunch | ResolvedHttpLaunch): Promise<SupplyPin> {
		if ('url' in resolved) {
			return originPin(resolved);
		}
		try {
			return (await this.look(resolved, true)).pin;
		} catch (error) {
			this.options.logger.warn(`A program could not be pinned: ${errorText(error)}`);
			const { kind, name } = readLaunchSource({ kind: 'stdio', ...resolved, env: [] });
			// INVARIANT: without an executable in it, a pin lets nothing start.
			return { source: { kind, name }, files: [], gaps: [SUPPLY_GAPS.unreadable] };
		}
	}

	/** The launch that stands for another: with an absolute program, and past `npx` where its package lies in npm's cache. */
	async direct(resolved: ResolvedLaunch): Promise<ResolvedLaunch> {
		return (await this.look(resolved, false)).start;
	}

	/**
	 * Compares what would start now with what was reviewed. `same` gives the launch to start, with nothing left to look up.
	 * Rejects with `upstream-failed` where its command leads to no program.
	 */
	async check(pin: SupplyPin, resolved: ResolvedLaunch | ResolvedHttpLaunch): Promise<SupplyCheck> {
		if ('url' in resolved) {
			const differences = compareSupply(pin, originPin(resolved));
			return differences.length === 0 ? { kind: 'same', launch: resolved } : { kind: 'differs', differences };
		}
		const began = performance.now();
		const now = await this.look(resolved, false);
		const differences = compareSupply(pin, now.pin);
		const took = Math.round(performance.now() - began);
		this.options.logger.trace(
			`What a server starts was compared with its pins in ${String(took)} ms: ${String(differences.length)} differences.`,
		);
		return differences.length === 0 ? { kind: 'same', launch: now.start } : { kind: 'differs', differences };
	}

	/**
	 * An exact version for a launch that names none: the newest in npm's cache, or the image that the engine has. With
	 * `lookUp`, which only a person's click gives, the registry is asked instead. Undefined where there is none to propose.
	 * Never rejects.
	 */
	async propose(
		launch: Launch,
		lookUp: boolean,
		resolved: ResolvedLaunch | undefined = this.bare(launch),
	): Promise<PinProposal | undefined> {
		try {
			const version = resolved === undefined ? undefined : await this.versionFor(resolved, lookUp);
			const pinned = version === undefined ? undefined : pinnedLaunch(launch, version);
			return version === undefined || pinned === undefined ? undefined : { version, launch: pinned };
		} catch (error) {
			this.options.logger.warn(`No version can be proposed: ${errorText(error)}`);
			return undefined;
		}
	}

	/** Enough to find a version with: nothing of a workspace has a say in it. */
	private bare(launch: Launch): ResolvedLaunch | undefined {
		const { home } = this.options;
		return launch.kind === 'http' ? undefined : { command: launch.command, args: launch.args, cwd: home, env: {} };
	}

	private async versionFor(resolved: ResolvedLaunch, lookUp: boolean): Promise<string | undefined> {
		const { command, args } = innerLaunch(resolved);
		const { kind, name, spec, exact } = readLaunchSource({ kind: 'stdio', command, args, env: [] });
		if (exact || spec === undefined) {
			return undefined;
		}
		const lookup = this.options.lookup(resolved);
		if (kind === 'oci') {
			// Asked before a person confirmed anything: never a program that the launch names by its place.
			const program = await lookup.find(baseName(command));
			const inspect = ['image', 'inspect', '--format', '{{json .RepoDigests}}', spec];
			const { stdout } = await run(program, inspect, { env: lookup.env, timeout: INSPECT_MS, windowsHide: true });
			return /@(sha256:[0-9a-f]{64})"/.exec(stdout)?.[1];
		}
		if (kind !== 'npm') {
			return undefined;
		}
		const program = await lookup.find(command);
		const { env, platform } = lookup;
		const home = env.HOME ?? this.options.home;
		const npm = await lookup.find('npm').catch(() => program);
		const place = { node: await lookup.find('node'), program: await realpath(npm), env, platform, home };
		return lookUp ? versionAtRegistry(place, spec) : [...(await versionsInCache(place, name))].sort(rcompare)[0];
	}

	private look(resolved: ResolvedLaunch, fetch: boolean) {
		const { lookup, home } = this.options;
		return lookAtLaunch(resolved, { lookup: lookup(resolved), home, digests: this.digests, fetch });
	}
}

/** Of a server by URL, the origin is pinned: who answers there, its certificate proves. */
function originPin({ url }: ResolvedHttpLaunch): SupplyPin {
	return { source: { kind: 'url', name: urlOf(url)?.origin ?? url }, files: [], gaps: [] };
}
