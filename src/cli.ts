import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { errorText } from './base/errors';
import { auditLogs, auditVerify } from './cli/auditCommands';
import { checkLayers } from './cli/checkLayers';
import { runGateway } from './cli/gateway';
import { LAYER_ARGUMENTS, namesLayers, readLayerOptions } from './cli/layerOptions';
import { type CliOutput } from './cli/output';
import { policyCheck, policyTest } from './cli/policyCommands';
import { composeCore } from './compose';

const USAGE = `MCP Firewall, headless

  policy check FILE [LAYERS] [--workspace DIR]
                                       is the policy valid, with what is above and below it? (exit 2: no)
  policy test FIXTURE [--json]         do the fixture's cases decide as expected? (exit 1: no)
  audit verify DIR                     is the trail whole? (exit 3: no)
  audit logs DIR [--json] [--server NAME] [--tool NAME] [--limit N]
  gateway --policy FILE --data DIR [LAYERS] [--server-id NAME] [--workspace DIR] [--env NAME]… -- COMMAND ARGS…
                                       a stdio MCP server that guards the one it starts

LAYERS: [--organisation FILE] [--workspace-policy FILE]… [--trust-digest SHA256]…
  above and below the policy; a workspace's only tightens, unless the digest of that very file is trusted`;

/** Exit code for a command line that cannot be understood. */
const EXIT_USAGE = 64;

const compositionFile = join(__dirname, '../policies/composition.yaml');

const out: CliOutput = {
	stdout: line => process.stdout.write(`${line}\n`),
	stderr: line => process.stderr.write(`${line}\n`),
};

async function main(argv: readonly string[]): Promise<number> {
	const cut = argv.indexOf('--');
	const own = cut < 0 ? argv : argv.slice(0, cut);
	const { values, positionals } = parseArgs({
		args: [...own],
		allowPositionals: true,
		options: {
			json: { type: 'boolean', default: false },
			help: { type: 'boolean', short: 'h', default: false },
			policy: { type: 'string' },
			data: { type: 'string' },
			'server-id': { type: 'string' },
			workspace: { type: 'string' },
			env: { type: 'string', multiple: true, default: [] },
			server: { type: 'string' },
			tool: { type: 'string' },
			limit: { type: 'string' },
			...LAYER_ARGUMENTS,
		},
	});
	const [room, verb, target] = positionals;
	if (values.help) {
		out.stdout(USAGE);
		return 0;
	}
	if (room === 'policy' && verb === 'check' && target !== undefined) {
		const layers = readLayerOptions(values);
		const { workspace } = values;
		return namesLayers(layers) || workspace !== undefined
			? checkLayers(target, { ...layers, compositionFile, ...(workspace !== undefined && { workspace }) }, out)
			: policyCheck(target, out);
	}
	if (room === 'policy' && verb === 'test' && target !== undefined) {
		return policyTest(target, { json: values.json }, out);
	}
	if (room === 'audit' && verb === 'verify' && target !== undefined) {
		return auditVerify(target, out);
	}
	if (room === 'audit' && verb === 'logs' && target !== undefined) {
		if (values.limit !== undefined && !/^\d{1,9}$/.test(values.limit)) {
			out.stderr('audit logs: --limit takes a number.');
			return EXIT_USAGE;
		}
		const limit = values.limit === undefined ? undefined : Number(values.limit);
		return auditLogs(
			target,
			{
				json: values.json,
				...(values.server !== undefined && { server: values.server }),
				...(values.tool !== undefined && { tool: values.tool }),
				...(limit !== undefined && { limit }),
			},
			out,
		);
	}
	if (room === 'gateway' && values.policy !== undefined && values.data !== undefined && cut >= 0) {
		return runGateway(
			{
				policyFile: values.policy,
				compositionFile,
				layers: readLayerOptions(values),
				dataDirectory: values.data,
				command: argv.slice(cut + 1),
				env: values.env,
				...(values['server-id'] !== undefined && { serverName: values['server-id'] }),
				...(values.workspace !== undefined && { workspace: values.workspace }),
			},
			composeCore,
			out,
		);
	}
	out.stderr(USAGE);
	return EXIT_USAGE;
}

main(process.argv.slice(2)).then(
	code => {
		process.exitCode = code;
	},
	(error: unknown) => {
		out.stderr(errorText(error));
		process.exitCode = EXIT_USAGE;
	},
);
