// Who servers are, in a real editor: an issuer on loopback is trusted, two servers show its badges over stdio and over HTTPS, one is
// taken back, one is forged, and a policy asks for more. The tests build on each other.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { root } from '../../../scripts/lib/install.mjs';
import { refused } from '../lib/demoAgent.mjs';
import { CalledTool, defineHere } from '../lib/fixture.mjs';
import { forReadme } from '../lib/forReadme.mjs';
import { suite } from '../lib/harness.mjs';
import { commands, Product } from '../lib/product.mjs';
import { Review } from '../lib/review.mjs';
import { ServerTree } from '../lib/serverTree.mjs';
import { TrustCard } from '../lib/trustCard.mjs';
import { until } from '../lib/wait.mjs';
import { didKey, freshKey, start } from '../../fixtures/servers/localIssuer.mjs';

const certificate = path.join(root, 'test/fixtures/tls/selfSigned.pem');
const trusted = path.join(root, 'test/fixtures/servers/trusted.mjs');
const LEVEL_2 = 'Identity: Verified, level 2 (Domain Validated)';

const jtiOf = badge => JSON.parse(Buffer.from(badge.split('.')[1], 'base64url').toString()).jti;

/** The key and the badge of a server, as files that it reads; the issuer vouches for its callers, too. */
function identityFiles(editor, name, { publicJwk, privateKey }, badge) {
	const key = path.join(editor.folder, `${name}.pem`);
	const badgeFile = path.join(editor.folder, `${name}.jws`);
	writeFileSync(key, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
	writeFileSync(badgeFile, badge);
	const callers = JSON.stringify([editor.issuer.trusted()].flat());
	return { args: ['--key', key, '--badge-file', badgeFile, '--callers', callers], publicJwk, badgeFile };
}

async function freePort() {
	const server = createServer();
	await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address();
	await new Promise(resolve => server.close(resolve));
	return port;
}

/** A call of `read_note`, the tool that all these servers have: the editor tells them apart by the name of the server. */
class Note extends CalledTool {
	static #names = new Map();

	constructor(name) {
		super(name, Note.#names.get(name) ?? 'read_note', { name: 'welcome' });
	}

	static nameOf(name) {
		return Note.#names.get(name);
	}

	/** Starts the server; the one name that is new is its own. What is denied is not even offered. */
	async call({ agent }) {
		await agent.startServer(this.name).catch(() => undefined);
		const known = [...Note.#names].filter(([name]) => name !== this.name).map(([, tool]) => tool);
		const offered = (await agent.toolNames()).filter(tool => tool.includes('read_note') && !known.includes(tool));
		if (offered.length === 0) return 'No such tool.';
		[this.tool] = offered;
		Note.#names.set(this.name, this.tool);
		return this.tryCall({ agent });
	}
}

/** A call of `write_note`, for callers of level 2 alone; `read_note` of the same server was called before. */
function write(editor, name) {
	const tool = Note.nameOf(name).replace('read_note', 'write_note');
	return new CalledTool(name, tool, { name: 'mine', text: 'Kept.' }).tryCall(editor);
}

async function guard({ workbench }, name, modal = `Server “${name}”`, button = 'Start') {
	await workbench.runCommand(commands.guard);
	await workbench.choose(name);
	await workbench.modal(modal);
	await workbench.clickModal(button);
	const review = await Review.of(workbench, name);
	const text = (await review.frame.locator('main').innerText()).replace(/\s+/g, ' ');
	await review.setCapability('read_note', 'compute.run');
	await review.setCapability('write_note', 'compute.run');
	await review.tickAll();
	await review.approve();
	await workbench.notification(`MCP Firewall guards “${name}”.`);
	await workbench.clearNotifications();
	return text;
}

const eventsOf = editor =>
	new Product(editor)
		.trail()
		.map(({ entry }) => entry)
		.filter(({ event }) => /^(identity|issuer|caller|break)/.test(event ?? ''));

suite('Identity', { product: true, env: { NODE_EXTRA_CA_CERTS: certificate } }, test => {
	test('an issuer is trusted by hand: origin, level and place, and what that means', async editor => {
		const { workbench } = editor;
		editor.issuer = await start();
		defineHere(editor, {});
		await workbench.runCommand('MCP Firewall: Add Trusted Issuer…');
		await workbench.fillInput(`${editor.issuer.origin}/`, 'Add Trusted Issuer (1 of 3)');
		await workbench.choose(/^Up to level 3: Organization Validated/);
		await workbench.choose(/^It may lie at a private address/);
		const modal = await workbench.modal('Trust https://localhost:');
		assert.match(modal.detail, /That says who a server is, not what it does/);
		await workbench.screenshot('identity-add-issuer');
		await workbench.clickModal('Trust Issuer');
		await workbench.notification('count now, up to level 3');
		await workbench.clearNotifications();
		const [event] = eventsOf(editor);
		assert.equal(event.event, 'issuer-trusted');
		assert.match(event.detail, /up to level 3, at a private address too/);
		assert.deepEqual(editor.issuer.requests, [], 'the issuer was asked before any badge was seen');
	});

	test('a server on stdio is VERIFIED at level 2: at its review, in the tree and on its card', async editor => {
		const { workbench, issuer } = editor;
		const key = freshKey();
		const badge = issuer.issue({ sub: didKey(key.publicJwk), key: key.publicJwk });
		editor.stdio = { ...identityFiles(editor, 'notes', key, badge), badge };
		const env = { NODE_EXTRA_CA_CERTS: certificate };
		const definition = { type: 'stdio', command: 'node', args: [trusted, '--stdio', ...editor.stdio.args], env };
		defineHere(editor, { notes: definition });
		const review = await guard(editor, 'notes');
		assert.match(review, /Identity Verified, level 2 \(Domain Validated\)/);
		assert.match(review, /Who says so https:\/\/localhost:/);

		await until('a call to pass', async () => /Notes are kept as long/.test(await new Note('notes').call(editor)));
		const tree = await ServerTree.open(workbench);
		await tree.unfold('notes');
		await tree.rowSaying(LEVEL_2, 'Verified');
		const card = await TrustCard.open(workbench, 'notes');
		const text = await card.saying('Verified');
		assert.match(text, /Trust level 2: Domain Validated/);
		assert.match(text, /Key Proven in this session, for this server alone \(v2\)/);
		assert.match(text, /Taken back\? No: its issuer was asked/);
		assert.match(text, /Badge ends .*\(in \d+ min \d+ s\)/);
		assert.doesNotMatch(text, /\bsafe\b/i);
		await workbench.screenshot('trust-stdio');
		const verified = eventsOf(editor).filter(({ event }) => event === 'identity-verified');
		assert.deepEqual(
			verified.map(({ server }) => server.name),
			['notes'],
		);
		const call = new Product(editor).lastCall(({ tool }) => tool === 'read_note');
		assert.equal(call.principal.state, 'VERIFIED_PRINCIPAL');
		await workbench.runCommand('View: Close Editor');
	});

	test('a server over HTTPS is VERIFIED at level 2, bound to its address', async editor => {
		const { workbench, issuer } = editor;
		const key = freshKey();
		const port = await freePort();
		const did = `did:web:localhost%3A${port}`;
		const badge = issuer.issue({ sub: did, key: key.publicJwk });
		const files = identityFiles(editor, 'remote', key, badge);
		const child = spawn(process.execPath, [trusted, '--http', String(port), ...files.args], {
			stdio: ['ignore', 'pipe', 'inherit'],
			env: { ...process.env, NODE_EXTRA_CA_CERTS: certificate },
		});
		editor.children = [child];
		const [line] = await new Promise(resolve =>
			createInterface(child.stdout).once('line', text => resolve([text])),
		);
		const { url } = JSON.parse(line);
		editor.https = { ...files, badge, did };
		defineHere(editor, { remote: { type: 'http', url } });
		const review = await guard(editor, 'remote', 'Connect to localhost', 'Connect');
		assert.match(review, /Identity Verified, level 2 \(Domain Validated\)/);
		await until('a call to pass', async () => /Notes are kept as long/.test(await new Note('remote').call(editor)));
		const card = await TrustCard.open(workbench, 'remote');
		const text = await card.saying('Verified');
		assert.match(text, /Trust level 2: Domain Validated/);
		assert.match(text, /Address The identity belongs to the address that answered/);
		assert.ok(text.includes(did), text);
		forReadme(await workbench.screenshot('trust-https'), 'screenshot-trust.png');
		await workbench.runCommand('View: Close Editor');
	});

	test('a badge of the caller goes to the server that it names, and to no other', async editor => {
		const { workbench, issuer, stdio } = editor;
		const missing = /TOOL_AUTH_MISSING|badge_missing/;
		assert.match(await write(editor, 'notes'), missing);
		const caller = freshKey();
		const subject = didKey(caller.publicJwk);
		const aud = [didKey(stdio.publicJwk)];
		const badge = issuer.issue({ sub: subject, key: caller.publicJwk, level: '2', aud });
		await workbench.runCommand('MCP Firewall: Import Caller Badge…');
		await workbench.fillInput(badge, 'Import Caller Badge');
		const modal = await workbench.modal('Keep this badge as your caller identity?');
		assert.ok(modal.detail.includes(aud[0]), modal.detail);
		assert.match(modal.detail, /level 2 \(Domain Validated\)/);
		await workbench.screenshot('identity-import-badge');
		await workbench.clickModal('Keep Badge');
		await workbench.notification('The badge is kept.');
		await workbench.clearNotifications();
		assert.equal(await write(editor, 'notes'), `Kept for ${subject} (level 2).`);
		const call = new Product(editor).lastCall(({ tool }) => tool === 'write_note');
		assert.equal(call.authority.callerBadge, jtiOf(badge));
		assert.match(await write(editor, 'remote'), missing);
		const trail = JSON.stringify(new Product(editor).trail());
		assert.ok(!trail.includes(badge.split('.')[2]), 'the badge stands in the trail');
	});

	test('a key of one’s own is another identity: its level is not enough', async editor => {
		const { workbench } = editor;
		await workbench.runCommand('MCP Firewall: Create Local Identity…');
		const modal = await workbench.modal('Create a local caller identity?');
		assert.match(modal.detail, /It takes the place of the badge that you have imported/);
		await workbench.clickModal('Create Identity');
		const { message } = await workbench.notification('your local identity is did:key:z');
		await workbench.clearNotifications();
		assert.match(message, /did:key:z6Mk/);
		assert.match(await write(editor, 'notes'), /TOOL_\w+|issuer_untrusted|trust_insufficient/);
		await workbench.runCommand('MCP Firewall: Remove Caller Identity…');
		await workbench.modal('Remove your caller identity?');
		await workbench.clickModal('Remove Identity');
		const caller = () => eventsOf(editor).flatMap(({ event }) => (event.startsWith('caller') ? [event] : []));
		await until('the removal in the trail', () => caller().includes('caller-identity-removed'));
		assert.deepEqual(caller(), ['caller-identity-added', 'caller-identity-added', 'caller-identity-removed']);
	});

	test('keys are pinned by hand, by the thumbprint that is shown; the issuer is not asked for others', async editor => {
		const { workbench, issuer } = editor;
		await workbench.runCommand('MCP Firewall: Pin Keys of an Issuer…');
		await workbench.choose(issuer.origin);
		await workbench.choose(/^Fetch them from the issuer now/);
		const modal = await workbench.modal('Pin the keys of https://localhost:');
		assert.match(modal.detail, /• [A-Za-z0-9_-]{43} \(/);
		await workbench.screenshot('identity-pin-keys');
		await workbench.clickModal('Pin This Key');
		await until('the event', () =>
			eventsOf(editor).some(({ event, detail }) => event === 'issuer-trusted' && detail.startsWith('keys of ')),
		);
		await workbench.clearNotifications();
		const asked = issuer.requests.length;
		const card = await TrustCard.open(workbench, 'notes');
		await card.press('Check Again');
		await until('the card to say it', async () => (await card.saying('Verified')).includes('Its key is pinned'));
		const since = issuer.requests.slice(asked).map(request => request.path);
		assert.ok(!since.some(request => request.includes('jwks')), since.join(' '));
		await workbench.runCommand('View: Close Editor');
	});

	test('a policy that asks for level 3 refuses, and says so on the card', async editor => {
		const { workbench, workspace } = editor;
		const product = new Product(editor);
		const from = product.trail().length;
		writeFileSync(
			path.join(workspace, '.vscode/mcp-firewall.yaml'),
			'version: "1"\npolicy_name: identity\nidentity:\n  servers:\n    notes: {min_trust_level: "3"}\n',
		);
		await until('the policy to be loaded', () =>
			product
				.trail()
				.slice(from)
				.some(({ entry }) => entry.event === 'policy-loaded'),
		);
		// A call on its way is refused; then the editor hears that there are none of its tools any more, and has the true list.
		await until('its tools to be gone', async () => {
			const answer = await new Note('notes').tryCall(editor);
			assert.match(answer, /^(?:No such tool\.|.*AgentActionBlocked: .*reason=trust_insufficient)/);
			return answer === 'No such tool.';
		});
		const list = product.trail().findLast(({ entry }) => entry.kind === 'list' && entry.server.name === 'notes');
		assert.match(list.entry.detail, /hidden: .*read_note/);
		const card = await TrustCard.open(workbench, 'notes');
		assert.match(await card.text(), /At least level 3 \(Organization Validated\): all its tools/);
		await workbench.runCommand('View: Close Editor');
		writeFileSync(path.join(workspace, '.vscode/mcp-firewall.yaml'), 'version: "1"\npolicy_name: identity\n');
		await workbench.clearNotifications();
	});

	test('a badge that is taken back: the card says FAILED, and the next call is refused', async editor => {
		const { workbench, issuer, stdio } = editor;
		const note = new Note('notes');
		await until('a call to pass', async () => /Notes are kept/.test(await note.call(editor)));
		const card = await TrustCard.open(workbench, 'notes');
		await card.saying('Verified');
		issuer.revoke(jtiOf(stdio.badge));
		await card.press('Check Again');
		const text = await card.saying('FAILED');
		assert.match(text, /BADGE_REVOKED/);
		await workbench.notification('identity check FAILED for “notes”');
		await workbench.screenshot('trust-revoked');
		// Its client is told that the list changed, and that holds none of its tools any more.
		await until('its tools to be gone', async () => (await note.tryCall(editor)) === 'No such tool.');
		assert.ok(eventsOf(editor).some(({ event, server }) => event === 'identity-failed' && server.name === 'notes'));
		const tree = await ServerTree.open(workbench);
		await tree.rowSaying('Identity: FAILED', 'FAILED');
		await workbench.clearNotifications();
		await workbench.runCommand('View: Close Editor');
	});

	test('a forged badge is FAILED at the review already, and nothing is called', async editor => {
		const { workbench, issuer } = editor;
		const key = freshKey();
		const badge = issuer.issue({ sub: didKey(key.publicJwk), key: key.publicJwk });
		const [header, payload] = badge.split('.');
		// Signed by somebody, but not by the issuer.
		const other = await start();
		const [, , signature] = other.issue({ sub: didKey(key.publicJwk), key: key.publicJwk }).split('.');
		await other.close();
		const files = identityFiles(editor, 'forger', key, [header, payload, signature].join('.'));
		const definition = { type: 'stdio', command: 'node', args: [trusted, '--stdio', ...files.args] };
		defineHere(editor, { forger: definition });
		const review = await guard(editor, 'forger');
		assert.match(review, /Identity FAILED/);
		const answer = await new Note('forger').call(editor).catch(error => error.message);
		assert.match(answer, refused);
		const card = await TrustCard.open(workbench, 'forger');
		assert.match(await card.saying('FAILED'), /BADGE_SIGNATURE_INVALID/);
		await workbench.screenshot('trust-forged');
	});

	test('what was started is ended', async ({ issuer, children = [] }) => {
		children.forEach(child => child.kill());
		await issuer?.close();
	});
});
