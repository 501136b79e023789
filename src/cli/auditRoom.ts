import { parseArgs } from 'node:util';
import { auditLogs, auditVerify } from './auditCommands';
import { type Command, EXIT_USAGE, wholeNumber } from './command';

/** The commands for whoever reads a trail. */
export const AUDIT_ROOM: readonly Command[] = [
	{
		name: 'audit verify',
		help: '  audit verify DIR                     is the trail whole? (exit 3: no)',
		async run(args, out) {
			const { positionals } = parseArgs({ args: [...args], allowPositionals: true });
			const [dir] = positionals;
			return dir === undefined ? undefined : auditVerify(dir, out);
		},
	},
	{
		name: 'audit logs',
		help: '  audit logs DIR [--json] [--server NAME] [--tool NAME] [--limit N]',
		async run(args, out) {
			const { values, positionals } = parseArgs({
				args: [...args],
				allowPositionals: true,
				options: {
					json: { type: 'boolean', default: false },
					server: { type: 'string' },
					tool: { type: 'string' },
					limit: { type: 'string' },
				},
			});
			const [dir] = positionals;
			if (dir === undefined) {
				return undefined;
			}
			const limit = values.limit === undefined ? undefined : wholeNumber(values.limit);
			if (values.limit !== undefined && limit === undefined) {
				out.stderr('audit logs: --limit takes a number.');
				return EXIT_USAGE;
			}
			const { json, server, tool } = values;
			return auditLogs(
				dir,
				{
					json,
					...(server !== undefined && { server }),
					...(tool !== undefined && { tool }),
					...(limit !== undefined && { limit }),
				},
				out,
			);
		},
	},
];
