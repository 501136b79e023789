import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../src/base/logger';
import { openPrincipalDesk } from '../../src/cli/identityDesk';
import { serverIdOf } from '../../src/domain/registry/launch';
import { StdioUpstream } from '../../src/proxy/upstream/stdioUpstream';
import { RevocationFiles } from '../../src/storage/revocationFiles';
import { freshKey, TestIssuer } from '../unit/identity/issuer';
import { openRelay, realClock } from '../unit/proxy/support';
import { fixtureServer } from './support/gatewayProcess';

const now = () => Math.floor(Date.now() / 1000);
const [command = '', ...args] = fixtureServer('disclosing.mjs');
const HELLO = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't', version: '1' } };

/** Who a server of level 2 is to a headless desk, offline, with what is stored in its data directory. */
async function principalWith(stored: (jti: string) => { asOf: number; revoked: string[] } | undefined) {
	const data = await mkdtemp(join(tmpdir(), 'identity-desk-'));
	const issuer = new TestIssuer(now);
	const jti = '9f0a4c1e-1111-4222-8333-444455556666';
	const snapshot = stored(jti);
	if (snapshot !== undefined) {
		await new RevocationFiles(join(data, 'revocations'), silentLogger).save(issuer.origin, snapshot);
	}
	const desk = openPrincipalDesk(() => issuer.settings({ offline: true }), data, silentLogger);
	const { did, publicJwk, privateJwk } = freshKey();
	const what = { did, key: privateJwk, badge: issuer.issue({ sub: did, key: publicJwk, jti }) };
	const launch = { command, args, env: { DISCLOSING: JSON.stringify(what) } };
	const served = desk.serve(serverIdOf({ kind: 'stdio', command, args, env: ['DISCLOSING'] }));
	const relay = await openRelay({ upstream: served.wrap(new StdioUpstream(launch, realClock), launch) });
	onTestFinished(async () => {
		await relay.close();
		desk.dispose();
		await rm(data, { recursive: true, force: true });
	});
	void relay.send({ id: 'hello', method: 'initialize', params: HELLO });
	await relay.inbox.answerTo('hello');
	await relay.send({ method: 'notifications/initialized' });
	return served.principal.settled(new AbortController().signal);
}

describe('headless and offline, what issuers revoked is taken from the data directory (identity.md §3.7)', () => {
	it('fresh: the badge counts', async () => {
		const asOf = now();
		expect(await principalWith(() => ({ asOf, revoked: [] }))).toMatchObject({
			...{ state: 'VERIFIED_PRINCIPAL', level: '2', revocation: { source: 'snapshot', asOf } },
		});
	});

	it('revoked there: blocked', async () => {
		expect(await principalWith(jti => ({ asOf: now(), revoked: [jti] }))).toMatchObject({
			...{ blocked: true, cause: 'BADGE_REVOKED' },
		});
	});

	it.each([
		['nothing stored', () => undefined],
		['too old', () => ({ asOf: now() - 301, revoked: [] })],
	])('%s: level 2 does not count', async (_, stored) => {
		expect(await principalWith(stored)).toMatchObject({
			...{ state: 'DECLARED_PRINCIPAL', badge: 'failed', cause: 'REVOCATION_CHECK_FAILED' },
		});
	});
});
