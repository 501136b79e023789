import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Launch } from '../../../src/domain/registry/launch';
import { type FoundServer } from '../../../src/domain/registry/mcpJson';
import { type CredentialPlan, planCredentials, storedForm } from '../../../src/domain/registry/planCredentials';
import { resolveHttpLaunch, resolveLaunch } from '../../../src/domain/registry/resolveLaunch';

const PAT = `ghp_${'a1B2'.repeat(9)}`;
const context = { workspaceFolder: '/ws', userHome: '/home/p' };

type Found = FoundServer & { readonly launch: Launch };

function found(launch: Partial<Launch>, more: Partial<FoundServer> = {}): Found {
	const whole =
		'url' in launch
			? ({ kind: 'http', headers: [], url: '', ...launch } as const)
			: ({ kind: 'stdio', command: 'srv', args: [], env: [], ...launch } as Launch);
	return { name: 's', launch: whole, values: {}, inputs: [], line: 1, ...more };
}

function planned(server: Found, env: Record<string, string> = {}, envFile: Record<string, string> = {}) {
	const plan = planCredentials(server, { env, envFile });
	if ('problem' in plan) {
		throw new Error(plan.problem);
	}
	return plan;
}

/** What would be started or reached, with the answers of a person. */
function started({ launch, values }: CredentialPlan, env: Record<string, string> = {}, answers = {}) {
	const all = { ...values, ...answers };
	return launch.kind === 'http'
		? resolveHttpLaunch(launch, all, { ...context, env })
		: resolveLaunch(launch, all, { ...context, env });
}

describe('planCredentials (C9): secrets leave the definition, and what starts is what was written', () => {
	it.each<[string, string[], string[]]>([
		['behind an option', ['--token', 's3cret'], ['--token', '${credential:arg2}']],
		['in an option', ['--api-key=s3cret'], ['--api-key=${credential:arg1}']],
		['as an assignment', ['-e', 'DB_PASSWORD=s3cret'], ['-e', 'DB_PASSWORD=${credential:arg2}']],
		['in a header', ['Authorization: Bearer s3cret'], ['Authorization: Bearer ${credential:arg1}']],
		['by its form', [`x${PAT.slice(1)}`, PAT], [`x${PAT.slice(1)}`, '${credential:arg2}']],
		['in an address', ['postgres://dba:s3cret@db/x'], ['postgres://dba:${credential:arg1}@db/x']],
		[
			'around a variable',
			['--token=ab${userHome}cd'],
			['--token=${credential:arg1}${userHome}${credential:arg1.2}'],
		],
	])('finds a secret %s', (_, args, kept) => {
		const plan = planned(found({ args }));
		expect(plan.launch).toMatchObject({ args: kept });
		expect(started(plan)).toMatchObject({ args: args.map(arg => arg.replace('${userHome}', '/home/p')) });
		expect(plan.references.every(({ kind }) => kind === 'variable')).toBe(true);
	});

	it.each([
		['an option without a value', ['--token', '--verbose']],
		['a path', ['/home/me/token', '${workspaceFolder}/secrets']],
		['a variable', ['--token=${input:t}', '--key', '${env:HOME}']],
		['a package', ['-y', '@scope/server-token@1.2.3']],
	])('leaves %s alone', (_, args) => {
		const inputs = [{ id: 't', kind: 'prompt', options: [], password: true } as const];
		expect(planned(found({ args }, { inputs }), { HOME: '/h' }).launch).toMatchObject({ args });
	});

	it('keeps what ${env:NAME} stands for where the name says that it is a secret, and looks others up anew', () => {
		const args = ['--as', '${env:GH_TOKEN}', '${env:LANG}', '${env:OTHER_TOKEN}'];
		const plan = planned(found({ args, env: ['T'] }, { values: { T: 'Bearer ${env:GH_TOKEN}' } }), {
			GH_TOKEN: '${env:LANG}',
			LANG: 'C',
		});
		expect(plan.launch).toMatchObject({
			args: ['--as', '${credential:env.GH_TOKEN}', '${env:LANG}', '${env:OTHER_TOKEN}'],
		});
		expect(plan.references).toEqual([{ kind: 'variable', name: 'env.GH_TOKEN' }]);
		expect(started(plan, { LANG: 'D', OTHER_TOKEN: 'o' })).toMatchObject({
			args: ['--as', '${env:LANG}', 'D', 'o'],
			env: { T: 'Bearer ${env:LANG}' },
		});
	});

	it('reads the variables of an environment file word by word; those of the definition win', () => {
		const plan = planned(
			found({ env: ['A'] }, { values: { A: 'own' } }),
			{},
			{ A: 'file', B: 'x${env:HOME}', C: 'c' },
		);
		expect(plan.launch).toMatchObject({ env: ['A', 'B', 'C'] });
		expect(started(plan, { HOME: '/h' })).toMatchObject({ env: { A: 'own', B: 'x${env:HOME}', C: 'c' } });
		expect(plan.references.map(({ name }) => name)).toEqual(['A', 'B', 'C']);
	});

	it('asks for each input once, and never gives a credential its name', () => {
		const inputs = [
			{ id: 'arg2', kind: 'prompt', options: [], password: true },
			{ id: 'unused', kind: 'prompt', options: [], password: true },
		] as const;
		const args = ['--token', 's3cret', '${input:arg2}', '${input:arg2}'];
		const plan = planned(found({ args }, { inputs }));
		expect(plan.inputs.map(({ id }) => id)).toEqual(['arg2']);
		expect(plan.launch).toMatchObject({
			args: ['--token', '${credential:arg2-2}', '${input:arg2}', '${input:arg2}'],
		});
		expect(started(plan, {}, { 'input:arg2': '${credential:arg2-2}' })).toMatchObject({
			args: ['--token', 's3cret', '${credential:arg2-2}', '${credential:arg2-2}'],
		});
	});

	it.each([
		['https://x.example/mcp?api_key=s3c%2Bret&q=1', 'https://x.example/mcp?api_key=${credential:url.api_key}&q=1'],
		[`https://x.example/s/${'aB3'.repeat(9)}/mcp`, 'https://x.example/s/${credential:url.1}/mcp'],
		[`https://x.example/?q=${PAT}`, 'https://x.example/?q=${credential:url.q}'],
		['https://x.example/mcp/v1/servers', 'https://x.example/mcp/v1/servers'],
		['https://x.example', 'https://x.example'],
	])('takes secrets out of %s', (url, kept) => {
		const plan = planned(found({ url }));
		expect(plan.launch).toMatchObject({ url: kept });
		expect(started(plan)).toMatchObject({ url });
	});

	it('a new value of a credential in a URL stays one part of it', () => {
		const plan = planned(found({ url: 'https://x.example/mcp?token=old&q=1' }));
		const values = { 'credential:url.token': storedForm(plan.references[0]!, 'a&b=c#d') };
		const reached = started(plan, {}, values);
		const query = 'url' in reached ? new URL(reached.url).searchParams : undefined;
		expect([...(query ?? [])]).toEqual([
			['token', 'a&b=c#d'],
			['q', '1'],
		]);
	});

	it.each<[Found, RegExp]>([
		[found({ url: 'https://u:p@x.example/' }), /name or password/],
		[found({ url: 'https://x.example/#a' }), /fragment/],
		[found({ url: 'https://${env:HOST}/' }), /host/],
		[found({ args: ['${credential:arg1}'] }), /word of MCP Firewall/],
		[found({ env: ['A'] }, { values: { A: '${credential:x}' } }), /word of MCP Firewall/],
		[found({ args: ['${input:nowhere}'] }), /does not define/],
	])('refuses what it cannot keep apart: %#', (server, why) => {
		expect(planCredentials(server, { env: { HOST: 'h' }, envFile: {} })).toEqual({
			problem: expect.stringMatching(why) as string,
		});
	});

	it('property: whatever the arguments, the same program starts, and no marked secret is left in the launch', () => {
		const secret = fc.constantFrom(PAT, `sk-${'Zx9'.repeat(8)}`, `glpat-${'q1W2'.repeat(6)}`);
		const arg = fc.oneof(
			fc.string(),
			secret,
			fc.tuple(fc.constantFrom('--token=', 'API_KEY=', 'x ', '--password '), secret).map(parts => parts.join('')),
		);
		fc.assert(
			fc.property(fc.array(arg, { maxLength: 6 }), args => {
				fc.pre(!args.some(text => /\$\{[^}]*\}/.test(text)));
				const plan = planned(found({ args }));
				expect(started(plan)).toMatchObject({ args });
				expect(JSON.stringify(plan.launch)).not.toMatch(/ghp_|sk-Zx9|glpat-/);
			}),
		);
	});
});
