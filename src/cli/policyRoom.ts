import { checkLayers } from './checkLayers';
import { type Command } from './command';
import { needed, readCommandLine, UsageError, wholeNumber } from './commandLine';
import { LAYER_ARGUMENTS, readLayerOptions } from './layerOptions';
import { policyTest } from './policyCommands';
import { policyDiff } from './policyDiff';
import { policyExplain } from './policyExplain';
import { policyImportCapiscio } from './policyImportCapiscio';
import { policyReplay } from './policyReplay';

/** The commands for whoever writes a policy; `compositionFile` is the catalogue that came with the product. */
export function policyRoom(compositionFile: string): readonly Command[] {
	return [
		checkCommand(compositionFile),
		testCommand(compositionFile),
		explainCommand(compositionFile),
		diffCommand(compositionFile),
		replayCommand(compositionFile),
		IMPORT_CAPISCIO,
	];
}

const IMPORT_CAPISCIO: Command = {
	name: 'policy import-capiscio',
	help: `  policy import-capiscio FILE          writes the identity: section that asks of servers what a capiscio-policy.yaml asks
                                       of callers; what has no counterpart stands in comments (exit 2: it is not valid)`,
	async run(args, out) {
		const { operands } = readCommandLine(args, ['FILE'], {});
		return policyImportCapiscio(operands[0], out);
	},
};

function checkCommand(compositionFile: string): Command {
	return {
		name: 'policy check',
		help: `  policy check FILE [LAYERS] [--workspace DIR]
                                       is the policy valid, with what is above and below it? (exit 2: no)
                                       LAYERS: [--organisation FILE] [--workspace-policy FILE]… [--trust-digest SHA256]…
                                       a workspace's only tightens, unless the digest of that very file is trusted`,
		run(args, out) {
			const { values, operands } = readCommandLine(args, ['FILE'], {
				workspace: { type: 'string' },
				...LAYER_ARGUMENTS,
			});
			const [file] = operands;
			const { workspace } = values;
			const options = {
				...readLayerOptions(values),
				compositionFile,
				...(workspace !== undefined && { workspace }),
			};
			return Promise.resolve(checkLayers(file, options, out));
		},
	};
}

function testCommand(compositionFile: string): Command {
	return {
		name: 'policy test',
		help: "  policy test FIXTURE [--json]         do the fixture's cases decide as expected? (exit 1: no)",
		async run(args, out) {
			const { values, operands } = readCommandLine(args, ['FIXTURE'], {
				json: { type: 'boolean', default: false },
			});
			return policyTest(operands[0], { json: values.json, compositionFile }, out);
		},
	};
}

function explainCommand(compositionFile: string): Command {
	return {
		name: 'policy explain',
		help: `  policy explain POLICY --server NAME --tool NAME [--capability C] [--arguments JSON|@FILE] [--workspace DIR] [--labels A,B] [--trust-level 0-4] [--json]
  policy explain POLICY --trail DIR --call ID [--json]
                                       which rule decides, and what kept others from it?`,
		async run(args, out) {
			const { values, operands } = readCommandLine(args, ['POLICY'], {
				server: { type: 'string' },
				tool: { type: 'string' },
				capability: { type: 'string' },
				arguments: { type: 'string' },
				workspace: { type: 'string' },
				labels: { type: 'string' },
				'trust-level': { type: 'string' },
				trail: { type: 'string' },
				call: { type: 'string' },
				json: { type: 'boolean', default: false },
			});
			if (values.trail === undefined) {
				needed(values.server, '--server');
				needed(values.tool, '--tool');
			} else {
				needed(values.call, '--call');
			}
			const { 'trust-level': trustLevel, ...rest } = values;
			return policyExplain({ ...rest, trustLevel, policy: operands[0], compositionFile }, out);
		},
	};
}

function diffCommand(compositionFile: string): Command {
	return {
		name: 'policy diff',
		help: `  policy diff OLD NEW --trail DIR [--json] [--limit N]
                                       which recorded calls would now be decided differently? (exit 1: some)`,
		async run(args, out) {
			const { values, operands } = readCommandLine(args, ['OLD', 'NEW'], {
				trail: { type: 'string' },
				json: { type: 'boolean', default: false },
				limit: { type: 'string' },
			});
			const [before, after] = operands;
			const trail = needed(values.trail, '--trail');
			const limit = wholeNumber(values.limit, '--limit');
			return policyDiff(
				{ before, after, trail, compositionFile, json: values.json, ...(limit !== undefined && { limit }) },
				out,
			);
		},
	};
}

function replayCommand(compositionFile: string): Command {
	return {
		name: 'policy replay',
		help: `  policy replay --trail DIR [--policy FILE] [--since ISO]
                                       do recorded calls decide the same again? (exit 1: no, 3: the trail is not whole)`,
		async run(args, out) {
			const { values } = readCommandLine(args, [], {
				trail: { type: 'string' },
				policy: { type: 'string' },
				since: { type: 'string' },
			});
			const { policy } = values;
			const trail = needed(values.trail, '--trail');
			const since = values.since === undefined ? undefined : Date.parse(values.since);
			if (Number.isNaN(since)) {
				throw new UsageError('--since takes a time such as 2026-11-21T08:00:00Z');
			}
			return policyReplay(
				{
					trail,
					compositionFile,
					...(policy !== undefined && { policy }),
					...(since !== undefined && { since }),
				},
				out,
			);
		},
	};
}
