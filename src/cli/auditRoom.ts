import { auditLogs } from './auditCommands';
import { FILTER_ARGUMENTS, FILTER_HELP, readAuditFilter } from './auditFilterOptions';
import { auditShow } from './auditShow';
import { auditStats } from './auditStats';
import { AUDIT_VERIFY } from './auditVerify';
import { type Command } from './command';
import { needed, readCommandLine, wholeNumber } from './commandLine';
import { systemClock } from '../storage/system';

/** The commands for whoever reads a trail. */
export const AUDIT_ROOM: readonly Command[] = [
	AUDIT_VERIFY,
	{
		name: 'audit logs',
		help: `  audit logs DIR [FILTER] [--limit N] [--json]
                                       newest first; ${FILTER_HELP}`,
		async run(args, out) {
			const { values, operands } = readCommandLine(args, ['DIR'], {
				json: { type: 'boolean', default: false },
				limit: { type: 'string' },
				...FILTER_ARGUMENTS,
			});
			const limit = wholeNumber(values.limit, '--limit');
			const filter = readAuditFilter(values, systemClock.now());
			return auditLogs(operands[0], { json: values.json, filter, ...(limit !== undefined && { limit }) }, out);
		},
	},
	{
		name: 'audit stats',
		help: '  audit stats DIR [FILTER] [--json]    how many calls ended how, the most frequent, and where the time went',
		async run(args, out) {
			const { values, operands } = readCommandLine(args, ['DIR'], {
				json: { type: 'boolean', default: false },
				...FILTER_ARGUMENTS,
			});
			return auditStats(operands[0], readAuditFilter(values, systemClock.now()), values.json, out);
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
