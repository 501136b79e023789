import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { FirewallError } from '../../../src/base/errors';
import { inEnglish, type Phrase, phrase } from '../../../src/base/phrase';
import { readPublicKeys } from '../../../src/domain/identity/readPublicKeys';
import { readTrustSettings, sayTrustSettings } from '../../../src/domain/identity/readTrustSettings';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { insertServer } from '../../../src/domain/registry/insertServer';
import { readMcpJson } from '../../../src/domain/registry/mcpJson';
import { PROBLEM_WORDS, problemPhrase } from '../../../src/domain/registry/problemWords';
import { removeServer } from '../../../src/domain/registry/removeServer';
import { resolveHttpLaunch, resolveLaunch } from '../../../src/domain/registry/resolveLaunch';
import { readServerLists } from '../../../src/domain/registry/serverLists';
import { exposedSecrets, revokedCredential } from '../../../src/domain/registry/shownLaunch';
import { decisionTarget } from '../../../src/proxy/decision/decisionTarget';
import { otlpTarget } from '../../../src/proxy/otlp/otlpTarget';
import { Inspection } from '../../../src/proxy/inspection';
import { type Upstream, type UpstreamListener } from '../../../src/proxy/upstream/upstream';
import { checkTarget } from '../../../src/proxy/upstream/httpTarget';
import { ENDS, statusText } from '../../../src/proxy/upstream/httpTrouble';
import { resolveCommand } from '../../../src/proxy/upstream/resolveCommand';
import { spawnPlan } from '../../../src/proxy/upstream/spawnPlan';
import { StdioUpstream } from '../../../src/proxy/upstream/stdioUpstream';
import { TROUBLE, troublePhrase } from '../../../src/proxy/upstream/troubleWords';
import { findServers } from '../../../src/storage/inventoryFiles';
import { readOriginFile } from '../../../src/storage/originFile';
import { describeRegistryProblem, readRegistryContent } from '../../../src/storage/registryContent';
import { RegistryFile } from '../../../src/storage/registryFile';
import { type TrailReport } from '../../../src/storage/verifyTrail';
import { journalFiles } from '../../../src/storage/trailReader';
import { systemClock } from '../../../src/storage/system';
import { silentLogger } from '../../../src/base/logger';
import { entryLaunch } from '../../../src/vscode/entryLaunch';
import { maskedError } from '../../../src/vscode/maskedError';
import { probeDocument } from '../../../src/vscode/probeText';
import { failureText, problemText } from '../../../src/vscode/problemText';
import { sayPhrase } from '../../../src/vscode/say';
import { describeReport } from '../../../src/vscode/trailSeal';
import { inGerman } from '../support/inGerman';
import { JSON_ERRORS } from '../support/jsonErrors';
import { processorMs } from '../support/processorMs';
import { aServerEntry } from '../support/serverEntries';

const folder = mkdtempSync(join(tmpdir(), 'mcp-firewall-'));
const unsaid = inGerman(/\{\d+\}|[\s,;:."]/g);

afterAll(() => {
	rmSync(folder, { recursive: true });
});

/** What a person reads of what was thrown; the English of agents and logs has to stay beside it. */
async function failure(run: () => unknown): Promise<{ readonly english: string; readonly german: string }> {
	try {
		await run();
	} catch (error) {
		return { english: (error as Error).message, german: failureText(error) };
	}
	throw new Error('it did not fail');
}

const problemOf = (read: object) => ('problem' in read ? problemText(String(read.problem)) : '');
const context = { userHome: '/h', env: {} };
const stdio = { kind: 'stdio', command: 'x', args: [], env: [] } as const;

describe('what is wrong with a file, in German', () => {
	it.each([
		['{"servers": {', 'Zeile 1: eine schließende geschweifte Klammer wird erwartet'],
		['{"servers": []}', '„servers“ muss ein einziges Objekt sein'],
		['{"servers": {"b": {}}}', 'die Datei hat keinen Server dieses Namens'],
		['{}', 'die Datei hat kein Objekt „servers“'],
		['{"servers": {"a": {}, "a": {}}}', 'der Name des Servers kommt in der Datei mehrmals vor'],
	])('%s', (text, said) => {
		const taken = problemOf(removeServer(text, 'a'));
		const put = problemOf(insertServer(text, 'c', '"c": {"command":"x"}'));
		expect([taken, put]).toContain(said);
		expect(unsaid()).toEqual([]);
	});

	it('a file that defines servers, and its place', async () => {
		const file = join(folder, 'mcp.json');
		const place = { kind: 'workspace', file, within: folder, folder } as const;
		writeFileSync(file, '{\n"servers": 1}');
		expect((await findServers([place])).problems.map(problemText)).toEqual([
			`${file}, Zeile 2: „servers“ muss ein einziges Objekt sein.`,
		]);
		writeFileSync(file, Buffer.from([0xff, 0xfe, 0xff]));
		expect((await findServers([place])).problems.map(problemText)).toEqual([`${file}: sie ist kein UTF-8-Text.`]);
		mkdirSync(join(folder, 'sub'));
		expect(problemOf(await readOriginFile(file, join(folder, 'sub')))).toBe(
			'sie ist ein Verweis auf einen Ort außerhalb ihres Ordners',
		);
		const many = Object.fromEntries(Array.from({ length: 201 }, (_, at) => [`s${String(at)}`, { command: 'x' }]));
		expect(
			readMcpJson(JSON.stringify({ servers: many }), file).problems.map(each => problemText(each.message)),
		).toEqual(['mehr als 200 Server']);
		expect(unsaid()).toEqual([]);
	});

	it('every error of the JSON parser', () => {
		expect(JSON_ERRORS.length).toBeGreaterThan(10);
		JSON_ERRORS.forEach(problemText);
		expect(unsaid()).toEqual([]);
	});

	it.each([
		['{', 'R, Zeile 1: eine schließende geschweifte Klammer wird erwartet.'],
		[
			'{"version": 3, "servers": []}',
			'R, Zeile 1: /version diese Version des Serververzeichnisses ist nicht bekannt.',
		],
		['{"version": 2, "servers": [{"odd": 1}]}', 'R, Zeile 1: /servers/0/odd ist kein bekanntes Feld.'],
		['{"version": 2, "version": 2}', 'R, Zeile 1: ein Schlüssel kommt zweimal vor.'],
	])('a registry: %s', (text, said) => {
		const { problem } = readRegistryContent(text, 'R');
		const english = describeRegistryProblem(problem!);
		expect(english).toMatch(/^The registry cannot be used: R, line 1: /);
		expect(problemText(english)).toBe(`Das Serververzeichnis kann nicht verwendet werden: ${said}`);
		expect(unsaid()).toEqual([]);
	});

	it('a change of a registry that cannot be used', async () => {
		const directory = join(folder, 'registry');
		mkdirSync(directory);
		writeFileSync(join(directory, 'registry.json'), 'no');
		const registry = await RegistryFile.open(directory, silentLogger, systemClock);
		const change = await registry.put(aServerEntry());
		expect(problemOf(change)).toMatch(/^Das Serververzeichnis kann nicht verwendet werden: .*, Zeile 1: /);
		writeFileSync(join(directory, 'registry.json'), '{"version": 2, "servers": []}');
		await registry.reload();
		expect(problemOf(await registry.setStatus('none', 'approved', ''))).toBe('er wird nicht mehr geschützt');
		registry.dispose();
		expect(unsaid()).toEqual([]);
	});

	it('every problem with something in it is read back, whatever stands in it', () => {
		const words = Object.values<(...args: (string | number)[]) => Phrase>(PROBLEM_WORDS);
		for (const make of words) {
			const english = inEnglish(make('N', 'N', 'N'));
			const said = problemText(english);
			expect(inEnglish(problemPhrase(english))).toBe(english);
			expect([english, said]).not.toEqual([english, english]);
		}
		expect(unsaid().filter(text => text !== 'N')).toEqual([]);
	});

	it('a text that is made to keep the reader busy does not', () => {
		const began = processorMs();
		for (const piece of [', line : ', ': ', '/a ', ' has no value here: ']) {
			for (const end of ['', '.', 'x']) {
				problemText(piece.repeat(5_000).slice(0, 3_999) + end);
			}
		}
		expect(processorMs() - began).toBeLessThan(5_000);
	});

	it('what the system says stays as it is', () => {
		const words = "EACCES: permission denied, open '/x/{0}/toString'";
		expect(problemText(words)).toBe(words);
		expect(problemText(inEnglish(PROBLEM_WORDS.unwritable(words)))).toBe(
			`das Serververzeichnis kann nicht geschrieben werden: ${words}`,
		);
		expect(problemText('toString')).toBe('toString');
	});
});

describe('why a server cannot be started, in German', () => {
	it('a launch without its values', () => {
		const of = (parts: object) => problemOf(resolveLaunch({ ...stdio, ...parts }, {}, context));
		expect(of({ env: ['KEY'] })).toBe('für die Umgebungsvariable KEY ist kein Wert gespeichert');
		expect(of({ args: ['${input:a}'] })).toBe('für ${input:a} ist kein Wert gespeichert');
		expect(of({ args: ['${env:A}'] })).toBe('${env:A} hat hier keinen Wert');
		expect(of({ args: ['${odd}'] })).toBe('eine Variable des Startbefehls hat hier keinen Wert');
		expect(of({ command: '' })).toBe('der Befehl ist leer');
		expect(of({ args: ['${workspaceFolder}'] })).toBe(
			'${workspaceFolder} hat hier keinen Wert: Kein Ordner ist geöffnet oder mehrere, von denen ${workspaceFolder:NAME} einen nennt',
		);
		const http = (url: string, headers: string[] = []) =>
			problemOf(resolveHttpLaunch({ kind: 'http', url, headers }, {}, context));
		expect(http('https://${env:A}/')).toBe('der Host seiner Adresse muss ausgeschrieben sein');
		expect(http('https://a/', ['X-Key'])).toBe('für den Header X-Key ist kein Wert gespeichert');
		expect(unsaid()).toEqual([]);
	});

	it('a revoked credential, a closed folder, a secret among the arguments', async () => {
		const entry = aServerEntry({ credentials: [{ kind: 'env', name: 'KEY', storedAt: '', revoked: true }] });
		expect(await failure(() => entryLaunch(entry, {}, []))).toEqual({
			english: revokedCredential(entry.credentials),
			german: 'Die Anmeldeinformation KEY wurde entzogen. Setzen Sie einen neuen Wert mit „MCP Firewall: Anmeldeinformationen verwalten…“',
		});
		expect(
			(
				await failure(() =>
					entryLaunch(
						{ ...entry, credentials: [], origin: { kind: 'workspace', file: '/w/.vscode/mcp.json' } },
						{},
						[],
					),
				)
			).german,
		).toMatch(/^Der Ordner von .* ist in diesem Fenster nicht geöffnet\.$/);
		expect(exposedSecrets({ ...stdio, args: ['${input:a}'] }).map(problemText)[0]).toMatch(
			/^„input:a“ ist ein Argument/,
		);
		expect(unsaid()).toEqual([]);
	});

	it('a program that is not there', async () => {
		const start = (command: string, cwd = folder) =>
			failure(() =>
				new StdioUpstream({ command, args: [], cwd, env: { PATH: folder } }, systemClock).start({} as never),
			);
		expect((await start('x', join(folder, 'none'))).german).toMatch(
			/^„x“ kann nicht gestartet werden: Den Ordner /,
		);
		const find = (command: string) =>
			failure(() => resolveCommand(command, { cwd: folder, env: {}, platform: 'linux' }));
		expect(await find('npy')).toEqual({
			english: 'Cannot start "npy": not found in PATH (0 folders).',
			german: '„npy“ kann nicht gestartet werden: nicht in PATH gefunden (0 Ordner).',
		});
		expect((await find('./npy')).german).toMatch(/npy ist keine ausführbare Datei\.$/);
		const batch = (args: string[], cwd = 'C:\\') => failure(() => spawnPlan('C:\\a.cmd', args, {}, 'win32', cwd));
		expect((await batch(['%A%'])).german).toMatch(/^C:\\a\.cmd kann nicht gestartet werden: Eine Batchdatei nimmt/);
		expect((await batch([], '\\\\host\\a')).german).toMatch(/Verbinden Sie \\\\host\\a mit/);
		expect(unsaid()).toEqual([]);
	});

	it('an address, alone, for decisions and for spans', async () => {
		const addresses = ['no', 'https://u:p@a/', 'http://a.example/'];
		for (const url of addresses) {
			for (const run of [
				() => checkTarget({ kind: 'http', url, headers: {} }),
				() => decisionTarget(url),
				() => otlpTarget(url, ''),
			]) {
				const { english, german } = await failure(run);
				expect(german).not.toBe(english);
				expect(german).not.toMatch(/\b(?:the|must|is)\b/);
			}
		}
		for (const headers of [{ 'Content-Type': 'x' }, { 'X-A': 'a\nb' }]) {
			expect((await failure(() => decisionTarget('https://a/', headers))).german).toMatch(
				/Headers? (?:"Content-Type"|X-A)/,
			);
		}
		expect((await failure(() => otlpTarget('https://a/', 'odd'))).german).toBe(
			'Der OpenTelemetry-Endpunkt kann nicht verwendet werden: Die Header sind nicht Name=Wert, durch Kommas getrennt.',
		);
		expect(unsaid()).toEqual([]);
	});

	it('a server that ends or refuses while it is looked at; what it says itself stays as it is', async () => {
		const look = async (act: (listener: UpstreamListener) => void, log = '') => {
			let listener: UpstreamListener | undefined;
			const upstream = {
				start: (given: UpstreamListener) => {
					listener = given;
					return Promise.resolve();
				},
				send: () => {
					if (listener !== undefined) {
						act(listener);
					}
					return Promise.resolve();
				},
				stderrText: () => log,
			} as unknown as Upstream;
			const inspection = new Inspection(upstream);
			await inspection.start();
			return failure(() => inspection.request('initialize', {}));
		};
		const refuse = (message: string) => (listener: UpstreamListener) =>
			void listener.line(Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, error: { code: 1, message } })));
		expect((await look(listener => listener.end({ stopped: false }))).german).toBe('Der Server hat sich beendet.');
		expect(await look(listener => listener.end({ stopped: false }), 'no module')).toEqual({
			english: 'The server ended. Its log ends with: "no module"',
			german: 'Der Server hat sich beendet. Seine Ausgabe endet mit: "no module"',
		});
		expect(await look(refuse(statusText(500)))).toEqual({
			english: 'The server refused initialize: "The server answered HTTP 500."',
			german: 'Der Server hat initialize abgelehnt: "Der Server antwortete mit HTTP 500."',
		});
		expect((await look(refuse('{0} is "odd"'))).german).toBe(
			'Der Server hat initialize abgelehnt: "{0} is \\"odd\\""',
		);
		expect(unsaid()).toEqual([]);
	});

	it('every trouble with a server by URL is read back', () => {
		const texts = [
			...Object.values(TROUBLE).map(inEnglish),
			...Object.values(ENDS),
			...[302, 401, 403, 429, 500].map(statusText),
		];
		for (const text of texts) {
			const read = troublePhrase(text);
			expect(read && inEnglish(read)).toBe(text);
			expect(read && sayPhrase(read)).not.toBe(text);
		}
		expect(troublePhrase('The server says so.')).toBeUndefined();
		expect(unsaid()).toEqual([]);
	});

	it('a secret in it is masked, in each language; where only the whole gives it away, it stays English', () => {
		const secret = `ghp_${'a1B2c3D4e5'.repeat(4)}`.slice(0, 40);
		const masked = maskedError(
			new FirewallError('upstream-failed', phrase('The server ended. Its log ends with: {0}', `"${secret}"`)),
		);
		expect(masked.message).not.toContain(secret);
		expect(failureText(masked)).toMatch(/^Der Server hat sich beendet\. Seine Ausgabe endet mit: "\[masked:/);
		expect(masked.code).toBe('upstream-failed');
	});

	it('no error of ours in these rooms is thrown as bare English', () => {
		const rooms = ['proxy/upstream', 'proxy/probe', 'proxy/otlp', 'proxy/decision', 'vscode'];
		const files = [
			...rooms.flatMap(room => readdirSync(join('src', room)).map(name => join('src', room, name))),
			...['inspection', 'inspectServer', 'readSurface', 'singleCall'].map(name =>
				join('src', 'proxy', `${name}.ts`),
			),
		];
		const bare = files.flatMap(file =>
			[...readFileSync(file, 'utf8').matchAll(/new FirewallError\(\s*'([\w-]+)',\s*(['`][^\n]*)/g)].flatMap(
				([, code, text]) => (code === 'aborted' || code === 'usage' ? [] : [`${file}: ${text ?? ''}`]),
			),
		);
		// What goes to whoever speaks to a server or has stopped it, never to a person; what is read back by the door of its file.
		expect([...new Set(bare.map(each => each.replace(/^.*?: /, '').replace(/\)+;$/, '')))].sort()).toEqual([
			"'Its headers are not name=value, separated by commas.'",
			"'Stopped before it was started.'",
			"'The server is not running.'",
			"'The session with the server is over.'",
		]);
	});
});

describe('other reasons, in German', () => {
	it('what a probe cannot see', () => {
		const rooms = ['probe', 'lsofWatch', 'procWatch', 'watchProcesses'];
		const sentences = rooms.flatMap(room =>
			[
				...readFileSync(join('src', 'proxy', 'probe', `${room}.ts`), 'utf8').matchAll(
					/'([A-Z][^'\n]{40,}\.)'/g,
				),
			].map(([, text = '']) => text),
		);
		const blind = sentences.filter(text => text !== 'A probe is started before it calls anything.');
		expect(blind.length).toBeGreaterThan(5);
		const text = probeDocument('s', { at: '', steps: [], blind }, []);
		expect(text).toContain('Was ein Tool liest, wird nicht beobachtet');
		expect(unsaid()).toEqual([]);
	});

	it('settings about identity, keys and lists of servers; the English stays beside it', () => {
		const origin = 'https://a.example';
		const odd = [
			1,
			{ x: 1, offline: 1, maxStaleness: 0, audience: 1, issuers: 1, trustedKeys: 1 },
			{ trustedKeys: ['x'], issuers: [1, { origin }, { origin }, { origin: 'did:web:a' }, { origin: 'a' }] },
			...[{ x: 1 }, { maxLevel: 9 }, { privateAddresses: 1 }, { keys: 1 }, { domains: 1 }].map(parts => ({
				issuers: [{ origin, ...parts }],
			})),
		];
		for (const value of odd) {
			const { said } = sayTrustSettings(value);
			expect(said.map(inEnglish)).toEqual(readTrustSettings(value).problems);
			expect(said.map(sayPhrase).filter((text, at) => text === readTrustSettings(value).problems[at])).toEqual(
				[],
			);
		}
		const lists = readServerLists(
			'chat.mcp',
			[{}, { serverUrl: 'https://[*/' }, { serverUrl: 'https://*ü.example' }],
			1,
		);
		expect(lists.said.map(sayPhrase)[0]).toBe('Die Liste abgelehnter Server in chat.mcp ist keine Liste.');
		expect(lists.said.map(inEnglish)).toEqual(lists.problems);
		for (const keys of [[], [{ kty: 'OKP', d: 'x' }], [1]]) {
			const read = readPublicKeys(keys);
			expect(read.ok ? '' : sayPhrase(read.said)).toMatch(/Schlüssel/);
		}
		const policy = parsePolicy('settings:\n  identity.trustedIssuers: [1]\n  breakGlass.keys: [1]\n', '/p');
		expect(policy.problems.map(({ said }) => sayPhrase(said)).join(' ')).toMatch(
			/Ein Aussteller muss ein Objekt mit „origin“ sein.*ein Schlüssel ist kein öffentlicher Ed25519-Schlüssel/,
		);
		expect(unsaid()).toEqual([]);
	});

	it('what does not verify in a trail', () => {
		const report = { ok: false, breaks: [{ file: '/t/a.ndjson', line: 3, seq: 2, why: 'altered' }] };
		const whole = { entries: 3, files: 1, unsigned: 0, trustedKey: true } as Partial<TrailReport>;
		expect(describeReport({ ...whole, ...report } as TrailReport)).toBe(
			'Verändert, Zeile 3 von a.ndjson: Der Inhalt hat nicht den Hash, den der Eintrag nennt: Er wurde bearbeitet.',
		);
		expect(unsaid()).toEqual([]);
	});

	it('a trail that is not there', async () => {
		const { english, german } = await failure(() => journalFiles(join(folder, 'none')));
		expect([english, german]).toEqual([
			`${join(folder, 'none')} does not exist`,
			`${join(folder, 'none')} gibt es nicht`,
		]);
	});
});
