import { type Clock } from '../base/clock';
import { type Disposable } from '../base/disposable';
import { type Event } from '../base/event';
import { type CredentialReference } from '../domain/registry/credential';
import { literalKey, storedForm, storedLiteral } from '../domain/registry/planCredentials';
import { variablesIn } from '../domain/registry/resolveLaunch';
import { registryDigest, type ServerEntry } from '../domain/registry/serverEntry';
import { type FirewallPorts } from '../firewall/ports';
import { type RegistryFile } from '../storage/registryFile';
import { type EnvSecrets } from './guardPorts';
import { problemText } from './problemText';
import { say } from './say';
import { noteEvent } from '../firewall/noteEvent';

/** Which secret of a server is meant. */
export type CredentialName = Pick<CredentialReference, 'kind' | 'name'>;

/** What changing credentials needs. */
export interface CredentialDeps {
	readonly registry: Pick<RegistryFile, 'find' | 'update'>;
	readonly secrets: EnvSecrets;
	readonly ports: Pick<FirewallPorts, 'trail' | 'ids' | 'clock' | 'logger'>;
	/** Asks a person for the new value; undefined when dismissed. */
	readonly askValue: (entry: ServerEntry, credential: CredentialName) => Promise<string | undefined>;
	/** Gives the tokens of a server back and forgets them. */
	readonly signOut: (entry: ServerEntry) => Promise<void>;
	/** Shows what went wrong. */
	readonly tell: (message: string) => void;
}

/**
 * Asks for a new value of a credential and keeps it in place of the old one, which is gone then; a revoked one is good again.
 * The sessions of the server end in every window, and the next start has the new value ({@link followCredentials}). Of OAuth:
 * signs out, so that the next request signs in anew. True when it was done.
 */
export async function rotateCredential(deps: CredentialDeps, serverId: string, name: CredentialName): Promise<boolean> {
	const entry = deps.registry.find(serverId);
	const reference = entry && referenceOf(entry, name);
	if (entry === undefined || reference === undefined) {
		return false;
	}
	if (reference.kind === 'oauth') {
		return revokeCredential(deps, serverId, name);
	}
	const value = await deps.askValue(entry, name);
	if (value === undefined) {
		return false;
	}
	const before = await deps.secrets.load(serverId);
	await deps.secrets.store(serverId, {
		...withoutValue(before, entry, reference),
		...newValue(before, entry, reference, value),
	});
	const storedAt = new Date(deps.ports.clock.now()).toISOString();
	const fresh = { kind: reference.kind, name: reference.name, storedAt };
	return kept(deps, entry, { name, event: 'credential-rotated', by: () => fresh });
}

/**
 * Revokes a credential: the server is not started without a new value, its sessions end in every window, and the value is
 * deleted. Of OAuth: gives the tokens back and forgets them. True when it was done.
 */
export async function revokeCredential(deps: CredentialDeps, serverId: string, name: CredentialName): Promise<boolean> {
	const entry = deps.registry.find(serverId);
	const reference = entry && referenceOf(entry, name);
	if (entry === undefined || reference === undefined) {
		return false;
	}
	if (reference.kind === 'oauth') {
		await deps.signOut(entry);
		return kept(deps, entry, { name, event: 'credential-revoked', by: () => undefined });
	}
	const revoked = { ...reference, revoked: true } as const;
	if (!(await kept(deps, entry, { name, event: 'credential-revoked', by: () => revoked }))) {
		return false;
	}
	await deps.secrets.store(serverId, withoutValue(await deps.secrets.load(serverId), entry, reference));
	return true;
}

/** The entry with the tokens of this issuer among its credentials; itself where they are there already. */
export function withOAuth(entry: ServerEntry, issuer: string, clock: Pick<Clock, 'now'>): ServerEntry {
	const before = entry.credentials.filter(({ kind }) => kind === 'oauth');
	if (before.length === 1 && before[0]?.name === issuer) {
		return entry;
	}
	const storedAt = new Date(clock.now()).toISOString();
	const others = entry.credentials.filter(({ kind }) => kind !== 'oauth');
	return {
		...entry,
		revision: entry.revision + 1,
		credentials: [...others, { kind: 'oauth', name: issuer, storedAt }],
	};
}

/**
 * Ends the sessions of a server whose credentials became others, whichever window changed them. A sign-in for the first time
 * ends nothing; `revoked` says that nothing may be in flight any more.
 */
export function followCredentials(
	registry: { all(): readonly ServerEntry[]; readonly onDidChange: Event<void>; readonly problem: unknown },
	end: (serverId: string, revoked: boolean) => void,
): Disposable {
	const marks = () => new Map(registry.all().map(({ id, credentials }) => [id, credentials] as const));
	let before = marks();
	return registry.onDidChange(() => {
		// A registry that cannot be read says nothing of credentials.
		if (registry.problem !== undefined) {
			return;
		}
		const now = marks();
		for (const [id, credentials] of now) {
			const signedIn = credentials.some(({ kind }) => kind === 'oauth');
			const lost = (before.get(id) ?? []).filter(
				old =>
					// Another sign-in at the same server: what is sent changes with the next request.
					!(old.kind === 'oauth' && signedIn) &&
					!credentials.some(
						one => isSame(one, old) && one.storedAt === old.storedAt && one.revoked === old.revoked,
					),
			);
			if (lost.length > 0) {
				const rotated = (old: CredentialReference) =>
					credentials.some(one => isSame(one, old) && one.revoked !== true);
				end(id, !lost.every(rotated));
			}
		}
		before = now;
	});
}

interface ReferenceChange {
	readonly name: CredentialName;
	readonly event: 'credential-rotated' | 'credential-revoked';
	/** What becomes of the reference; undefined takes it away. */
	readonly by: () => CredentialReference | undefined;
}

/** INVARIANT: of the entry that is on the disk by then, only the reference changes: what a window revoked stays revoked. */
async function kept(deps: CredentialDeps, before: ServerEntry, change: ReferenceChange): Promise<boolean> {
	const { id, name } = before;
	const { name: which, event, by } = change;
	const put = await deps.registry.update(id, entry => withReference(entry, which, by));
	if (put.kind === 'problem') {
		deps.tell(say('The credential was not changed in the registry: {0}', problemText(put.problem)));
		return false;
	}
	const after = deps.registry.find(id);
	noteEvent(deps.ports, event, {
		...{ server: { id, name }, actor: 'person', detail: `${which.kind} ${which.name}` },
		before: registryDigest(before),
		...(after && { after: registryDigest(after) }),
	});
	return true;
}

function withReference(
	entry: ServerEntry,
	name: CredentialName,
	by: () => CredentialReference | undefined,
): ServerEntry {
	return {
		...entry,
		revision: entry.revision + 1,
		credentials: entry.credentials.flatMap(one => (isSame(one, name) ? (by() ?? []) : one)),
	};
}

function newValue(
	before: Readonly<Record<string, string>>,
	entry: ServerEntry,
	reference: CredentialReference,
	value: string,
): Readonly<Record<string, string>> {
	return reference.kind === 'variable'
		? { [variableKey(before, entry, reference.name)]: storedForm(reference, value) }
		: storedLiteral(reference.name, value);
}

function withoutValue(
	values: Readonly<Record<string, string>>,
	entry: ServerEntry,
	{ kind, name }: CredentialName,
): Readonly<Record<string, string>> {
	const gone = new Set(kind === 'variable' ? [variableKey(values, entry, name)] : [name, literalKey(name)]);
	return Object.fromEntries(Object.entries(values).filter(([key]) => !gone.has(key)));
}

/** `input:NAME` where launch or values ask for it, else `credential:NAME`: no server has both of one name. */
function variableKey(values: Readonly<Record<string, string>>, { launch }: ServerEntry, name: string): string {
	const texts = launch.kind === 'http' ? [launch.url] : [launch.command, ...launch.args, launch.cwd ?? ''];
	const asked = [...texts, ...Object.values(values)].flatMap(variablesIn);
	return asked.includes(`input:${name}`) ? `input:${name}` : `credential:${name}`;
}

function referenceOf(entry: ServerEntry, name: CredentialName): CredentialReference | undefined {
	return entry.credentials.find(one => isSame(one, name));
}

function isSame(one: CredentialName, other: CredentialName): boolean {
	return one.kind === other.kind && one.name === other.name;
}
