import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FirewallError } from '../../../src/base/errors';
import { AUDIT_ROOM } from '../../../src/cli/auditRoom';
import { runCommand } from '../../../src/cli/command';
import { gatewayRoom } from '../../../src/cli/gatewayRoom';
import { policyRoom } from '../../../src/cli/policyRoom';

const fails = () => Promise.reject(new FirewallError('journal-unwritable', 'The trail cannot be written.'));
const CATALOGUE = resolve('policies/composition.yaml');
const COMMANDS = [...policyRoom(CATALOGUE), ...AUDIT_ROOM, ...gatewayRoom(fails, CATALOGUE)];

const GATEWAY = ['gateway', '--policy', 'p', '--data', 'd'];

const run = async (...argv: string[]) => {
	const stdout: string[] = [];
	const stderr: string[] = [];
	const out = { stdout: (line: string) => stdout.push(line), stderr: (line: string) => stderr.push(line) };
	return { code: await runCommand(COMMANDS, argv, out), stdout: stdout.join('\n'), reason: stderr[0] ?? '' };
};

describe('a command line that does not fit: 64, the reason before the help', () => {
	it.each([
		[['policy', 'check', 'a', 'b'], 'policy check: takes one FILE at a time, not 2; run it once for each'],
		[['policy', 'test', 'a', 'b', 'c'], 'policy test: takes one FIXTURE at a time, not 3; run it once for each'],
		[['policy', 'explain', 'a', 'b', '--server', 's', '--tool', 't'], 'policy explain: takes one POLICY at a time'],
		[['policy', 'diff', 'a', 'b', 'c', '--trail', 't'], 'policy diff: takes OLD and NEW besides its options'],
		[['policy', 'replay', 'd', '--trail', 't'], 'policy replay: takes nothing besides its options'],
		[['audit', 'verify', 'a', 'b'], 'audit verify: takes one DIR at a time'],
		[['audit', 'logs', 'a', 'b'], 'audit logs: takes one DIR at a time'],
		[['policy', 'check'], 'policy check: FILE is missing'],
		[['policy', 'diff', 'a', '--trail', 't'], 'policy diff: NEW is missing'],
		[['policy', 'diff', 'a', 'b'], 'policy diff: --trail is missing'],
		[['policy', 'explain', 'a', '--server', 's'], 'policy explain: --tool is missing'],
		[['policy', 'explain', 'a', '--trail', 's'], 'policy explain: --call is missing'],
		[['policy', 'check', 'a', '--trust-digest', 'x'], 'policy check: --trust-digest takes the SHA-256'],
		[['gateway', '--data', 'd', '--', 'node'], 'gateway: --policy is missing'],
		[['gateway', '--policy', 'p', '--', 'node'], 'gateway: --data is missing'],
		[['gateway', '--policy', 'p', '--data', 'd', 'npx', 'x'], 'gateway: the command that starts the server goes'],
		[['gateway', '--policy', 'p', '--data', 'd', '--'], 'gateway: name the server to start behind "--"'],
		[[...GATEWAY, '--url', 'http://example.com/'], 'gateway: The address of the server must be https'],
		[
			[...GATEWAY, '--url', 'https://a:secret@example.com/'],
			'gateway: The address of the server holds credentials',
		],
		[[...GATEWAY, '--url', 'https://a.example/', '--', 'x'], 'gateway: --url goes without a command'],
		[
			[...GATEWAY, '--url', 'https://a.example/', '--header', 'Authorization: x'],
			'gateway: --header takes NAME=VARIABLE',
		],
		[[...GATEWAY, '--url', 'https://a.example/', '--header', 'X-Key=NO_SUCH_1'], 'gateway: the variable NO_SUCH_1'],
		[
			[...GATEWAY, '--url', 'https://a.example/', '--header', 'Host=PATH'],
			'gateway: The header "Host" cannot be set',
		],
		[[...GATEWAY, '--header', 'X-Key=PATH', '--', 'node'], 'gateway: --header goes with --url'],
		[['gateway', '--polcy', 'p'], 'gateway: unknown option --polcy; did you mean --policy?'],
		[['policy', 'test', 'a', '--bogus'], 'policy test: unknown option --bogus; there are --json'],
		[
			['audit', 'verify', 'a', '--bogus'],
			'audit verify: unknown option --bogus; there are --public-key, --anchors, --git, --json',
		],
		[['policy', 'test', 'a', '--json=1'], 'policy test: '],
		[['policy', 'replay', '--trail'], 'policy replay: '],
		[['audit', 'logs', 'd', '--limit', 'ten'], 'audit logs: --limit takes a number'],
		[['policy', 'replay', '--trail', 'd', '--since', 'x'], 'policy replay: --since takes a time'],
		[['polcy', 'check'], "unknown command 'polcy'; did you mean 'policy check'?"],
		[['policy', 'tset', 'f'], "unknown command 'policy tset'; did you mean 'policy test'?"],
		[['gatewya', '--policy', 'p'], "unknown command 'gatewya'; did you mean 'gateway'?"],
		[['quite-something-else'], "unknown command 'quite-something-else'"],
		[['audit'], "'audit' alone is no command; there are audit verify, audit logs"],
		[['--version'], 'unknown option --version; a command comes first'],
		[[], 'Name a command.'],
	])('%j', async (argv, reason) => {
		const ran = await run(...argv);
		expect(ran).toMatchObject({ code: 64, stdout: '' });
		expect(ran.reason.slice(0, reason.length)).toBe(reason);
	});
});

describe('what cannot be started', () => {
	it('is no matter of the command line: 2', async () => {
		const argv = ['gateway', '--policy', '/nowhere.yaml', '--data', '/nowhere', '--', 'node'];
		expect(await run(...argv)).toMatchObject({ code: 2, stdout: '' });
	});
});
