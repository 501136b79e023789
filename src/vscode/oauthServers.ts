import { join } from 'node:path';
import type * as vscode from 'vscode';
import { type Clock, type IdSource } from '../base/clock';
import { type Disposable } from '../base/disposable';
import { FirewallError } from '../base/errors';
import { isJsonObject, type JsonObject, type JsonValue } from '../base/json';
import { parseJson } from '../base/strictJson';
import { type TokenFacts } from '../firewall/ports';
import { openLoopbackDoor } from '../proxy/upstream/loopbackDoor';
import { type Authorizer, type OAuthStore } from '../proxy/upstream/oauthPorts';
import { OAuthSignIn } from '../proxy/upstream/oauthSignIn';
import { type RevocationOutcome } from '../proxy/upstream/oauthRevoke';
import { TROUBLE } from '../proxy/upstream/troubleWords';
import { whileAlone } from '../storage/windowLock';
import { type SignInQuestion } from './signInText';

/** A server that a person may sign in at. */
export interface ServerToSignIn {
	readonly id: string;
	readonly name: string;
	/** With every value filled in: the `resource` that tokens are asked for (RFC 8707). */
	readonly url: string;
}

/** A client that a person registered by hand. The secret is one. */
export interface HandClient {
	readonly id: string;
	readonly secret?: string;
	/** The address of the authorization server that it was registered at. */
	readonly issuer: string;
}

/** What signing in needs of the window. */
export interface OAuthServersOptions {
	readonly storage: Pick<vscode.SecretStorage, 'get' | 'store' | 'delete'>;
	/** Another window may have signed in, or out. */
	readonly onDidChange?: vscode.SecretStorage['onDidChange'];
	/** Absolute; holds one lock for each server. */
	readonly lockDirectory: string;
	readonly clock: Clock;
	readonly ids: IdSource;
	/** INVARIANT: no browser opens before a person said so here. */
	readonly ask: (question: SignInQuestion) => Promise<boolean>;
	readonly openBrowser: (address: URL) => Promise<boolean>;
	readonly seenFrom: (address: string) => Promise<string>;
	/** Called when tokens of a server were stored; `issuer` is the address of who gave them. */
	readonly onSignedIn: (serverId: string, issuer: string) => void;
}

/** Milliseconds for which a server whose sign-in a person declined is not asked about again. */
const QUIET_MS = 5 * 60_000;
/** Prefixes of keys in secret storage; the id of the server follows. */
/** Where the tokens of a server lie in secret storage, before its id. */
export const OAUTH_KEY = 'oauth:';
const TOKENS = OAUTH_KEY;
const CLIENT = 'oauth-client:';

/**
 * The firewall as an OAuth client of its own at every server by URL that asks for it (MCP 2025-11-25 basic/authorization). Tokens
 * lie in secret storage, by server, together with the address they are for: for another one they count for nothing.
 */
export class OAuthServers implements Disposable {
	private readonly known = new Map<string, { readonly url: string; readonly signIn: Promise<OAuthSignIn> }>();
	private readonly declined = new Map<string, number>();
	private readonly tokens = new Map<string, TokenFacts>();
	private readonly subscription: Disposable | undefined;

	constructor(private readonly options: OAuthServersOptions) {
		this.subscription = options.onDidChange?.(({ key }) => {
			if (key.startsWith(TOKENS)) {
				void this.known.get(key.slice(TOKENS.length))?.signIn.then(signIn => signIn.forget());
			} else if (key.startsWith(CLIENT)) {
				this.known.delete(key.slice(CLIENT.length));
			}
		});
	}

	/** How the proxy signs in there; one for all sessions. */
	signInFor(server: ServerToSignIn): Promise<OAuthSignIn> {
		const before = this.known.get(server.id);
		if (before?.url === server.url) {
			return before.signIn;
		}
		const signIn = this.open(server);
		this.known.set(server.id, { url: server.url, signIn });
		return signIn;
	}

	/** What is known of the token that a server is reached with; undefined before one was read or given. */
	tokenOf(serverId: string): TokenFacts | undefined {
		return this.tokens.get(serverId);
	}

	/** A person wants it: what was declined before does not count any more. */
	askAgain(serverId: string): void {
		this.declined.delete(serverId);
	}

	/** Gives the tokens back where the server takes them, and forgets them. */
	async signOut(server: ServerToSignIn, signal: AbortSignal): Promise<RevocationOutcome> {
		const outcome = await (await this.signInFor(server)).signOut(signal);
		this.known.delete(server.id);
		return outcome;
	}

	/** The address of who gave the tokens that are kept for a server; undefined where there are none. */
	async issuerOf(serverId: string): Promise<string | undefined> {
		const kept = objectIn(await this.options.storage.get(TOKENS + serverId))?.kept;
		return isJsonObject(kept) && isJsonObject(kept.tokens) && typeof kept.tokens.issuer === 'string'
			? kept.tokens.issuer
			: undefined;
	}

	/** Keeps a client that was registered by hand; what was signed in with another one is forgotten. */
	async setClient(serverId: string, client: HandClient): Promise<void> {
		await this.options.storage.store(CLIENT + serverId, JSON.stringify(client));
		await this.options.storage.delete(TOKENS + serverId);
		this.known.delete(serverId);
	}

	/** Forgets everything about a server, without telling it. */
	async forget(serverId: string): Promise<void> {
		this.known.delete(serverId);
		await this.options.storage.delete(TOKENS + serverId);
		await this.options.storage.delete(CLIENT + serverId);
	}

	dispose(): void {
		this.subscription?.dispose();
	}

	private async open(server: ServerToSignIn): Promise<OAuthSignIn> {
		const { clock, ids, storage } = this.options;
		const client = clientOf(await storage.get(CLIENT + server.id));
		return new OAuthSignIn({
			...{ url: server.url, clock, ids },
			store: this.storeOf(server),
			authorizer: this.authorizerOf(server),
			...(client !== undefined && { client }),
		});
	}

	private storeOf({ id, url }: ServerToSignIn): OAuthStore {
		const { storage, lockDirectory, onSignedIn } = this.options;
		const key = TOKENS + id;
		const note = (kept: JsonObject, issuedAt: JsonValue | undefined) => {
			const facts = tokenFacts(kept.tokens, issuedAt);
			if (facts === undefined) {
				this.tokens.delete(id);
			} else {
				this.tokens.set(id, facts);
			}
		};
		const stored = async () => objectIn(await storage.get(key));
		const now = () => new Date(this.options.clock.now()).toISOString();
		return {
			async load() {
				const known = await stored();
				if (known?.resource !== url || !isJsonObject(known.kept)) {
					note({}, undefined);
					return undefined;
				}
				note(known.kept, known.issuedAt);
				return known.kept;
			},
			async save(kept) {
				if (kept.tokens === undefined && kept.client === undefined) {
					note({}, undefined);
					await storage.delete(key);
					return;
				}
				const known = await stored();
				const same = known?.resource === url && sameToken(known.kept, kept);
				const issuedAt = same ? known.issuedAt : now();
				await storage.store(key, JSON.stringify({ resource: url, issuedAt, kept }));
				note(kept, issuedAt);
				const issuer = isJsonObject(kept.tokens) ? kept.tokens.issuer : undefined;
				if (typeof issuer === 'string') {
					onSignedIn(id, issuer);
				}
			},
			exclusive: (run, signal) => whileAlone(join(lockDirectory, `${id}.lock`), run, signal).catch(otherWindow),
		};
	}

	private authorizerOf({ id, name, url }: ServerToSignIn): Authorizer {
		const { ids, clock, seenFrom, ask, openBrowser } = this.options;
		return {
			open: () =>
				openLoopbackDoor({
					...{ token: ids.token(), seenFrom },
					show: async (address, signal) => {
						if (clock.now() < (this.declined.get(id) ?? 0)) {
							throw declined();
						}
						const yes = await ask({ serverName: name, serverUrl: url, address });
						if (signal.aborted) {
							return;
						}
						if (!yes) {
							this.declined.set(id, clock.now() + QUIET_MS);
							throw declined();
						}
						if (!(await openBrowser(address))) {
							throw new FirewallError('upstream-failed', TROUBLE.noBrowser);
						}
					},
				}),
		};
	}
}

function sameToken(before: JsonValue | undefined, kept: JsonObject): boolean {
	const old = isJsonObject(before) && isJsonObject(before.tokens) ? before.tokens.access_token : undefined;
	return old !== undefined && isJsonObject(kept.tokens) && kept.tokens.access_token === old;
}

/** What tokens (RFC 6749 §5.1) say of themselves, without their values. What is stored may be anything. */
function tokenFacts(tokens: JsonValue | undefined, issuedAt: JsonValue | undefined): TokenFacts | undefined {
	if (!isJsonObject(tokens)) {
		return undefined;
	}
	const { expires_in: seconds, scope } = tokens;
	const issued = typeof issuedAt === 'string' ? Date.parse(issuedAt) : NaN;
	const ends = typeof seconds === 'number' ? issued + seconds * 1000 : NaN;
	return {
		...(!Number.isNaN(issued) && { issuedAt: new Date(issued).toISOString() }),
		...(Math.abs(ends) <= MAX_DATE && { expiresAt: new Date(ends).toISOString() }),
		...(typeof scope === 'string' && scope !== '' && { scope }),
	};
}

/** Milliseconds since 1970 of the last moment that a Date can say. */
const MAX_DATE = 8.64e15;

function declined(): FirewallError {
	return new FirewallError('upstream-failed', TROUBLE.declined);
}

function otherWindow(error: unknown): never {
	throw error instanceof FirewallError && error.code === 'deadline-exceeded'
		? new FirewallError('upstream-failed', TROUBLE.otherWindow)
		: error;
}

function objectIn(text: string | undefined): JsonObject | undefined {
	const parsed = text === undefined ? undefined : parseJson(text, 'strict');
	return parsed?.ok === true && isJsonObject(parsed.value) ? parsed.value : undefined;
}

function clientOf(text: string | undefined): HandClient | undefined {
	const { id, secret, issuer } = objectIn(text) ?? {};
	return typeof id === 'string' && typeof issuer === 'string'
		? { id, issuer, ...(typeof secret === 'string' && { secret }) }
		: undefined;
}
