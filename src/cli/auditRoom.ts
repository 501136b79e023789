import { auditLogs } from './auditCommands';
import { auditShow } from './auditShow';
import { auditVerify } from './auditVerify';
import { type Command } from './command';
import { needed, readCommandLine, wholeNumber } from './commandLine';

/** The commands for whoever reads a trail. */
export const AUDIT_ROOM: readonly Command[] = [
	{
		name: 'audit verify',
		help: '  audit verify DIR                     is the trail whole? (exit 3: no)',
		async run(args, out) {
			const { operands } = readCommandLine(args, ['DIR'], {});
			return auditVerify(operands[0], out);
		},
	},
	{
		name: 'audit logs',
		help: '  audit logs DIR [--json] [--server NAME] [--tool NAME] [--limit N]',
		async run(args, out) {
			const { values, operands } = readCommandLine(args, ['DIR'], {
				json: { type: 'boolean', default: false },
				server: { type: 'string' },
				tool: { type: 'string' },
				limit: { type: 'string' },
			});
			const limit = wholeNumber(values.limit, '--limit');
			const { json, server, tool } = values;
			return auditLogs(
				operands[0],
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
	{
		name: 'audit show',
		help: '  audit show CALL-ID --data DIR [--json]   all that the trail tells of one call (exit 1: no such call)',
		async run(args, out) {
			const { values, operands } = readCommandLine(args, ['CALL-ID'], {
				data: { type: 'string' },
				json: { type: 'boolean', default: false },
			});
			return auditShow(operands[0], needed(values.data, '--data'), values.json, out);
		},
	},
];
