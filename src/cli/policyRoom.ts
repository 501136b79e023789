import { parseArgs } from 'node:util';
import { type Command } from './command';
import { policyCheck, policyTest } from './policyCommands';

/** The commands for whoever writes a policy. */
export const POLICY_ROOM: readonly Command[] = [
	{
		name: 'policy check',
		help: '  policy check FILE                    is the policy valid? (exit 2: no)',
		async run(args, out) {
			const { positionals } = parseArgs({ args: [...args], allowPositionals: true });
			const [file] = positionals;
			return file === undefined ? undefined : policyCheck(file, out);
		},
	},
	{
		name: 'policy test',
		help: "  policy test FIXTURE [--json]         do the fixture's cases decide as expected? (exit 1: no)",
		async run(args, out) {
			const { values, positionals } = parseArgs({
				args: [...args],
				allowPositionals: true,
				options: { json: { type: 'boolean', default: false } },
			});
			const [fixture] = positionals;
			return fixture === undefined ? undefined : policyTest(fixture, { json: values.json }, out);
		},
	},
];
