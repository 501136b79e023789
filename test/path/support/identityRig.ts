import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { silentLogger } from '../../../src/base/logger';
import { type JsonObject } from '../../../src/base/json';
import { type Principal } from '../../../src/domain/identity/principal';
import { type TrustSettings } from '../../../src/domain/identity/trustSettings';
import { BadgeVerifier } from '../../../src/domain/identity/verifyBadge';
import { serverIdOf } from '../../../src/domain/registry/launch';
import { type CallerBadges, PrincipalDesk } from '../../../src/proxy/identity/principalDesk';
import { type Upstream } from '../../../src/proxy/upstream/upstream';
import { StdioUpstream } from '../../../src/proxy/upstream/stdioUpstream';
import { PrincipalPinFiles } from '../../../src/storage/principalPins';
import { freshKey, TestIssuer, type TestKey } from '../../unit/identity/issuer';
import { fixtureServer } from './gatewayProcess';
import { ids, openRelay, realClock } from '../../unit/proxy/support';

/** What `disclosing.mjs` is told. */
export interface Discloses {
	readonly did?: string;
	readonly badge?: string;
	readonly key?: TestKey['privateJwk'];
	readonly answers?: 'second' | 'legacy' | 'none' | 'error' | 'silent' | 'replay' | 'relayed';
	readonly bind?: string;
	readonly renewed?: string;
	/** From how many questions on it discloses that badge; from the first on when absent. */
	readonly renewAfter?: number;
}

const [command = '', ...args] = fixtureServer('disclosing.mjs');
const HELLO = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't', version: '1' } };

/** A desk over real pin files, an issuer without a network, and real stdio processes behind relays. */
export class IdentityRig {
	readonly issuer: TestIssuer;
	readonly key = freshKey();
	readonly serverId = serverIdOf({ kind: 'stdio', command, args, env: ['DISCLOSING'] });
	readonly bind = `stdio:${this.serverId}`;
	readonly desk: PrincipalDesk;
	readonly pins: PrincipalPinFiles;
	settings: TrustSettings;
	/** Added to the wall clock: tests move the day, processes run by the real one. */
	ahead = 0;

	private constructor(
		readonly folder: string,
		settings: (issuer: TestIssuer) => TrustSettings,
		callers: CallerBadges | undefined,
	) {
		this.issuer = new TestIssuer(() => this.now);
		this.settings = settings(this.issuer);
		this.pins = new PrincipalPinFiles(join(folder, 'principals'), silentLogger);
		const clock = { ...realClock, now: () => Date.now() + this.ahead };
		const { fetch } = this.issuer;
		const parts = { settings: () => this.settings, fetch, clock };
		const verifier = new BadgeVerifier(parts);
		this.desk = new PrincipalDesk({ ...parts, verifier, ids, pins: this.pins, ...(callers && { callers }) });
		onTestFinished(() => this.desk.dispose());
	}

	static async make(
		settings: (issuer: TestIssuer) => TrustSettings = issuer => issuer.settings(),
		callers?: CallerBadges,
	): Promise<IdentityRig> {
		const folder = await mkdtemp(join(tmpdir(), 'identity-rig-'));
		onTestFinished(() => rm(folder, { recursive: true, force: true }));
		return new IdentityRig(folder, settings, callers);
	}

	get now(): number {
		return Math.floor((Date.now() + this.ahead) / 1000);
	}

	/** The server of this rig's own key, under its did:key, at level 2. */
	honest(over: Partial<Discloses> = {}): Discloses {
		const { did, publicJwk, privateJwk } = this.key;
		return { did, key: privateJwk, badge: this.issuer.issue({ sub: did, key: publicJwk }), ...over };
	}

	/** A session with a process of the server; resolves before it has said anything. */
	async open(
		what: Discloses,
		env: Record<string, string> = {},
		through: (open: () => Upstream) => Upstream = open => open(),
	) {
		const log = join(this.folder, `${ids.token()}.log`);
		const launch = { command, args, env: { ...env, DISCLOSING: JSON.stringify({ ...what, log }) } };
		const served = this.desk.serve(this.serverId);
		const upstream = through(() => served.wrap(new StdioUpstream(launch, realClock), launch));
		const relay = await openRelay({ upstream });
		onTestFinished(() => relay.close());
		const hello = async () => {
			void relay.send({ id: 'hello', method: 'initialize', params: HELLO });
			const welcome = await relay.inbox.answerTo('hello');
			await relay.send({ method: 'notifications/initialized' });
			return welcome;
		};
		const seen = () => readFileSync(log, 'utf8').trimEnd().split('\n');
		const settled = (): Promise<Principal> => served.principal.settled(new AbortController().signal);
		const echo = async (id: number, params: JsonObject = {}) => {
			void relay.send({ id, method: 'tools/call', params: { name: 'echo', arguments: {}, ...params } });
			const answer = await relay.inbox.answerTo(id);
			const { content } = answer.result as { content: { text: string }[] };
			return JSON.parse(content[0]?.text ?? '') as { params: JsonObject; env: Record<string, string> };
		};
		return { ...relay, upstream, served, hello, seen, settled, echo };
	}

	/** Opens a session, greets, and says who the server is. */
	async principalOf(what: Discloses): Promise<Principal> {
		const session = await this.open(what);
		await session.hello();
		const principal = await session.settled();
		await session.close();
		return principal;
	}
}
