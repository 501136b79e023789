import { parseArgs } from 'node:util';
import { checkLayers } from './checkLayers';
import { type Command, EXIT_USAGE, wholeNumber } from './command';
import { LAYER_ARGUMENTS, namesLayers, readLayerOptions } from './layerOptions';
import { policyCheck, policyTest } from './policyCommands';
import { policyDiff } from './policyDiff';
import { policyExplain } from './policyExplain';
import { policyReplay } from './policyReplay';

/** The commands for whoever writes a policy; `compositionFile` is the catalogue that came with the product. */
export function policyRoom(compositionFile: string): readonly Command[] {
	return [
		checkCommand(compositionFile),
		testCommand(compositionFile),
		explainCommand(compositionFile),
		diffCommand(compositionFile),
		replayCommand(compositionFile),
	];
}

function checkCommand(compositionFile: string): Command {
	return {
		name: 'policy check',
		help: `  policy check FILE [LAYERS] [--workspace DIR]
                                       is the policy valid, with what is above and below it? (exit 2: no)
                                       LAYERS: [--organisation FILE] [--workspace-policy FILE]… [--trust-digest SHA256]…
                                       a workspace's only tightens, unless the digest of that very file is trusted`,
		async run(args, out) {
			const { values, positionals } = parseArgs({
				args: [...args],
				allowPositionals: true,
				options: { workspace: { type: 'string' }, ...LAYER_ARGUMENTS },
			});
			const [file] = positionals;
			if (file === undefined) {
				return undefined;
			}
			const layers = readLayerOptions(values);
			const { workspace } = values;
			return namesLayers(layers) || workspace !== undefined
				? checkLayers(file, { ...layers, compositionFile, ...(workspace !== undefined && { workspace }) }, out)
				: policyCheck(file, out);
		},
	};
}

function testCommand(compositionFile: string): Command {
	return {
		name: 'policy test',
		help: "  policy test FIXTURE [--json]         do the fixture's cases decide as expected? (exit 1: no)",
		async run(args, out) {
			const { values, positionals } = parseArgs({
				args: [...args],
				allowPositionals: true,
				options: { json: { type: 'boolean', default: false } },
			});
			const [fixture] = positionals;
			return fixture === undefined ? undefined : policyTest(fixture, { json: values.json, compositionFile }, out);
		},
	};
}

function explainCommand(compositionFile: string): Command {
	return {
		name: 'policy explain',
		help: `  policy explain POLICY --server NAME --tool NAME [--capability C] [--arguments JSON|@FILE] [--workspace DIR] [--labels A,B] [--json]
  policy explain POLICY --trail DIR --call ID [--json]
                                       which rule decides, and what kept others from it?`,
		async run(args, out) {
			const { values, positionals } = parseArgs({
				args: [...args],
				allowPositionals: true,
				options: {
					server: { type: 'string' },
					tool: { type: 'string' },
					capability: { type: 'string' },
					arguments: { type: 'string' },
					workspace: { type: 'string' },
					labels: { type: 'string' },
					trail: { type: 'string' },
					call: { type: 'string' },
					json: { type: 'boolean', default: false },
				},
			});
			const [policy] = positionals;
			const { server, tool, trail, call } = values;
			const complete = trail === undefined ? server !== undefined && tool !== undefined : call !== undefined;
			return policy === undefined || !complete
				? undefined
				: policyExplain({ ...values, policy, compositionFile }, out);
		},
	};
}

function diffCommand(compositionFile: string): Command {
	return {
		name: 'policy diff',
		help: `  policy diff OLD NEW --trail DIR [--json] [--limit N]
                                       which recorded calls would now be decided differently? (exit 1: some)`,
		async run(args, out) {
			const { values, positionals } = parseArgs({
				args: [...args],
				allowPositionals: true,
				options: {
					trail: { type: 'string' },
					json: { type: 'boolean', default: false },
					limit: { type: 'string' },
				},
			});
			const [before, after] = positionals;
			const { trail, json } = values;
			const limit = values.limit === undefined ? undefined : wholeNumber(values.limit);
			if (before === undefined || after === undefined || trail === undefined) {
				return undefined;
			}
			if (values.limit !== undefined && limit === undefined) {
				out.stderr('policy diff: --limit takes a number.');
				return EXIT_USAGE;
			}
			return policyDiff(
				{ before, after, trail, compositionFile, json, ...(limit !== undefined && { limit }) },
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
			const { values } = parseArgs({
				args: [...args],
				options: { trail: { type: 'string' }, policy: { type: 'string' }, since: { type: 'string' } },
			});
			const { trail, policy } = values;
			const since = values.since === undefined ? undefined : Date.parse(values.since);
			if (trail === undefined) {
				return undefined;
			}
			if (Number.isNaN(since)) {
				out.stderr('policy replay: --since takes a time such as 2026-11-21T08:00:00Z.');
				return EXIT_USAGE;
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
