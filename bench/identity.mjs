// Speed of verifying badges: from the warm cache, cold with a pinned key, and jose's compactVerify alone, in the same run, so that
// the ratio holds on any machine. Run with: npm run bench:identity
import { buildSync } from 'esbuild';
import { createPrivateKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { createRequire } from 'node:module';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import { compactVerify, importJWK } from 'jose';

const GOALS = { warm: 1, cold: 5 };
const ROUNDS = 5;
const TIMES = 200;

const root = fileURLToPath(new URL('..', import.meta.url));
const { outputFiles } = buildSync({
	stdin: { contents: "export { BadgeVerifier } from './src/domain/identity/verifyBadge';", resolveDir: root },
	...{ bundle: true, write: false, format: 'cjs', platform: 'node' },
});
const verifying = { exports: {} };
new Script(`(function (module, exports, require) {${outputFiles[0].text}\n})`).runInThisContext()(
	...[verifying, verifying.exports, createRequire(import.meta.url)],
);
const { BadgeVerifier } = verifying.exports;

const jwk = () => generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
const publicOf = ({ kty, crv, x }) => ({ kty, crv, x });
const [issuer, subject] = [jwk(), jwk()];
const now = Math.floor(Date.now() / 1000);

/** A badge of level 2 with all that one says, signed by node:crypto. */
function badge() {
	const claims = {
		...{ jti: randomUUID(), iss: 'https://ca.example', sub: 'did:web:mcp.example:servers:files' },
		...{ iat: now - 10, exp: now + 600, ial: '0', key: publicOf(subject) },
		vc: {
			type: ['VerifiableCredential', 'AgentIdentity'],
			credentialSubject: { level: '2', domain: 'mcp.example' },
		},
	};
	const part = value => Buffer.from(JSON.stringify(value)).toString('base64url');
	const input = `${part({ alg: 'EdDSA', typ: 'JWT', kid: 'k1' })}.${part(claims)}`;
	const signature = sign(null, Buffer.from(input), createPrivateKey({ key: issuer, format: 'jwk' }));
	return `${input}.${signature.toString('base64url')}`;
}

const settings = {
	issuers: [{ origin: 'https://ca.example', maxLevel: '4', keys: [{ ...publicOf(issuer), kid: 'k1' }] }],
	...{ acceptLevelZero: false, trustedKeys: [], offline: false, maxStaleness: 300 },
};
const json = value => ({ ok: true, status: 200, contentType: 'application/json', body: JSON.stringify(value) });
/** An issuer that answers at once: what is measured is our own time. */
const fetch = ({ document }) =>
	Promise.resolve(json(document === 'badge-status' ? { revoked: false } : { status: 'active' }));

function verifier() {
	return new BadgeVerifier({ settings: () => settings, fetch, clock: { now: () => Date.now() } });
}

async function good(result) {
	const { ok, code, detail } = await result;
	if (ok !== true) {
		throw new Error(`a good badge was refused: ${code} ${detail}`);
	}
}

/** Milliseconds that one run took, median and 95th percentile, of the best of several rounds. */
async function measure(prepare, run) {
	let best;
	for (let round = 0; round < ROUNDS; round++) {
		const times = [];
		for (let n = 0; n < TIMES; n++) {
			const prepared = await prepare();
			const begun = performance.now();
			await run(prepared);
			times.push(performance.now() - begun);
		}
		times.sort((a, b) => a - b);
		const found = { median: times[TIMES / 2], p95: times[Math.floor(TIMES * 0.95)] };
		best = best === undefined || found.median < best.median ? found : best;
	}
	return best;
}

const tokens = Array.from({ length: TIMES }, badge);
let next = 0;
const another = () => tokens[next++ % TIMES];

const key = await importJWK(publicOf(issuer), 'EdDSA');
const warm = verifier();
for (const token of tokens) {
	await good(warm.verify(token));
}
const figures = {
	'jose compactVerify alone': await measure(another, token => compactVerify(token, key, { algorithms: ['EdDSA'] })),
	'cold, pinned key': await measure(
		() => ({ fresh: verifier(), token: another() }),
		({ fresh, token }) => good(fresh.verify(token)),
	),
	'warm cache': await measure(another, token => good(warm.verify(token))),
};

const [{ model = 'unknown' } = {}] = cpus();
console.log(`${cpus().length} x ${model.trim()}, Node ${process.version}, load ${loadavg()[0].toFixed(2)}`);
for (const [name, { median, p95 }] of Object.entries(figures)) {
	console.log(`${name.padEnd(26)} median ${median.toFixed(3)} ms   p95 ${p95.toFixed(3)} ms`);
}
const missed = [
	['warm cache', GOALS.warm],
	['cold, pinned key', GOALS.cold],
].filter(([name, goal]) => figures[name].median > goal);
for (const [name, goal] of missed) {
	console.error(`${name}: over its goal of ${goal} ms`);
}
process.exitCode = missed.length === 0 ? 0 : 1;
