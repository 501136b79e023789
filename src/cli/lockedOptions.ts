import { inEnglish } from '../base/phrase';
import { dirname, join } from 'node:path';
import { readPublicKeys } from '../domain/identity/readPublicKeys';
import { DECISION_KINDS } from '../domain/identity/readDecision';
import { type PublicJwk } from '../domain/identity/publicJwk';
import { readTrustSettings } from '../domain/identity/readTrustSettings';
import { NO_TRUST_SETTINGS, type TrustSettings } from '../domain/identity/trustSettings';
import { type LockKey, lockWord, type OrganisationLocks, underLock } from '../domain/policy/organisationLocks';
import { type Launch } from '../domain/registry/launch';
import { plainLaunch, type ResolvedHttpLaunch, type ResolvedLaunch } from '../domain/registry/resolveLaunch';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { judgeServer, listedServer, listRefusal, placesOf } from '../domain/registry/serverLists';
import { type Durability } from '../firewall/ports';
import { type HomeRecord } from '../storage/discoveryRecord';
import { realFolder } from './realFolder';
import { type GatewayOptions } from './gatewayOptions';
import { UsageError } from './commandLine';

/** Throws what is wrong with an option. */
function refuse(why: string): never {
	throw new UsageError(why);
}

/**
 * The options of a gateway under what the machine's and the named organisation file lock: bounds are taken. An option that says
 * something else than what is locked counts for nothing, and goes to `conflict` with one sentence: left out, it is refused with a
 * {@link UsageError}, so that nobody takes it for what holds.
 */
export function lockedGateway(
	options: GatewayOptions,
	locks: OrganisationLocks,
	conflict: (why: string) => void = refuse,
): GatewayOptions {
	const { retention, otlpEndpoint, decision } = options;
	const fixed = (key: LockKey, option: string, own: string | undefined): string | undefined => {
		const lock = locks.locked.get(key);
		if (lock === undefined) {
			return own;
		}
		const value = lockWord(lock);
		if (own !== undefined && own !== value) {
			const said = value === '' ? 'none' : value;
			const where = `${lock.at.file}:${String(lock.at.line)}`;
			conflict(`${option}: your organisation sets ${key} to ${said} (${where}). Leave the option out`);
		}
		return value === '' ? undefined : value;
	};
	checkOwnPolicy(options, locks, conflict);
	const endpoint = fixed('audit.otlpEndpoint', '--otlp-endpoint', otlpEndpoint);
	const url = fixed('decisionService.url', '--decision-service', decision?.url);
	const said = fixed(
		'decisionService.kind',
		'--decision-kind',
		decision?.url === undefined ? undefined : decision.kind,
	);
	const kind = DECISION_KINDS.find(one => one === said) ?? decision?.kind ?? 'pip';
	const rest: Omit<GatewayOptions, 'otlpEndpoint'> & { otlpEndpoint?: string } = { ...options };
	delete rest.otlpEndpoint;
	const keysFile = decision?.keysFile;
	return {
		...rest,
		durability: durabilityUnder(options.durability, locks),
		retention: {
			days: Number(underLock('audit.retentionDays', retention?.days ?? 0, locks)),
			megabytes: Number(underLock('audit.retentionMegabytes', retention?.megabytes ?? 0, locks)),
		},
		paramsHash: underLock('audit.paramsHash', options.paramsHash ?? true, locks) === true,
		...(endpoint !== undefined && { otlpEndpoint: endpoint }),
		decision: { kind, ...(url !== undefined && { url }), ...(keysFile !== undefined && { keysFile }) },
	};
}

/** Refuses a server that the organisation's lists keep from running. Throws {@link UsageError}. */
export function refuseUnlisted(name: string, launch: Launch, { serverLists }: OrganisationLocks): void {
	const why = listRefusal(judgeServer(serverLists, listedServer(name, launch), 'resolved'));
	if (why !== undefined) {
		refuse(`this server may not run. ${inEnglish(why)}`);
	}
}

/** INVARIANT: closing the window loosens nothing: VS Code's lists of servers, as the editor saw them last, count here too. */
export function notListedHeadless(
	{ serverLists = [] }: HomeRecord,
	locks: OrganisationLocks,
	{ name, pinnedFrom }: ServerEntry,
	start: ResolvedLaunch | ResolvedHttpLaunch,
): string | undefined {
	const places = [...placesOf(serverLists), ...locks.serverLists];
	const why = listRefusal(judgeServer(places, listedServer(name, plainLaunch(start), pinnedFrom), 'resolved'));
	return why && inEnglish(why);
}

/** Of break-glass keys those that are locked as well; all where nothing is locked. */
export function lockedKeys(keys: readonly PublicJwk[], { locked }: OrganisationLocks): readonly PublicJwk[] {
	const lock = locked.get('breakGlass.keys');
	if (lock === undefined) {
		return keys;
	}
	const read = readPublicKeys(lock.value);
	return read.ok ? keys.filter(({ x }) => read.keys.some(key => key.x === x)) : [];
}

/** What is trusted, with what is locked in its place. */
export function lockedTrust(own: TrustSettings, locks: OrganisationLocks): TrustSettings {
	const value = (key: LockKey, mine: unknown) => underLock(key, mine, locks);
	const isLocked = [...locks.locked.keys()].some(key => key.startsWith('identity.'));
	if (!isLocked) {
		return own;
	}
	const audience = value('identity.audience', own.audience);
	const { settings } = readTrustSettings({
		issuers: value('identity.trustedIssuers', own.issuers),
		acceptLevelZero: value('identity.acceptLevelZero', own.acceptLevelZero),
		trustedKeys: value('identity.trustedKeys', own.trustedKeys),
		offline: value('identity.offline', own.offline),
		maxStaleness: value('identity.maxStaleness', own.maxStaleness),
		...(audience !== undefined && { audience }),
	});
	return settings;
}

/** What an editor's settings amount to without its window. */
export function lockedHome(
	home: HomeRecord,
	locks: OrganisationLocks,
): Pick<HomeRecord, 'identity' | 'decision'> & { readonly paramsHash: boolean; readonly durability: Durability } {
	const { decision } = home;
	const url = underLock('decisionService.url', decision?.url ?? '', locks);
	const said = underLock('decisionService.kind', decision?.kind ?? 'pip', locks);
	const kind = DECISION_KINDS.find(one => one === said) ?? 'pip';
	const isSame = typeof url === 'string' && url === decision?.url;
	return {
		identity: lockedTrust(home.identity ?? NO_TRUST_SETTINGS, locks),
		// Another service than the editor's: whether it wants a header only the editor knows.
		...(typeof url === 'string' &&
			url !== '' && { decision: { url, kind, hasHeader: isSame && decision.hasHeader } }),
		paramsHash: underLock('audit.paramsHash', true, locks) === true,
		durability: durabilityUnder(undefined, locks),
	};
}

function durabilityUnder(own: Durability | undefined, locks: OrganisationLocks): Durability {
	return underLock('audit.durability', own ?? 'written', locks) === 'synced' ? 'synced' : 'written';
}

function checkOwnPolicy(
	{ policyFile, compositionFile }: GatewayOptions,
	{ locked }: OrganisationLocks,
	conflict: (why: string) => void,
): void {
	const file = locked.get('policyFile');
	const preset = locked.get('preset');
	const lock = typeof file?.value === 'string' ? file : (preset ?? file);
	if (lock === undefined) {
		return;
	}
	const folder = dirname(compositionFile);
	const names = lock.value === false ? ['strict', 'balanced', 'observe'] : [lockWord(lock)];
	const wanted =
		lock === file && lock.value !== false ? [lockWord(lock)] : names.map(name => join(folder, `${name}.yaml`));
	if (!wanted.some(each => realFolder(each) === realFolder(policyFile))) {
		const where = `${lock.at.file}:${String(lock.at.line)}`;
		conflict(`--policy: your organisation decides which policy counts (${where}): ${wanted.join(' or ')}`);
	}
}
