import { parseArgs } from 'node:util';
import { type Command } from './command';
import { type OpenCore, runGateway } from './gateway';
import { LAYER_ARGUMENTS, readLayerOptions } from './layerOptions';

/** The gateway as a command; the composition root brings the core and the catalogue that came with the product. */
export function gatewayRoom(openCore: OpenCore, compositionFile: string): readonly Command[] {
	return [
		{
			name: 'gateway',
			help: `  gateway --policy FILE --data DIR [LAYERS] [--server-id NAME] [--workspace DIR] [--env NAME]… -- COMMAND ARGS…
                                       a stdio MCP server that guards the one it starts`,
			async run(args, out) {
				const cut = args.indexOf('--');
				const { values } = parseArgs({
					args: args.slice(0, cut < 0 ? undefined : cut),
					allowPositionals: true,
					options: {
						policy: { type: 'string' },
						data: { type: 'string' },
						'server-id': { type: 'string' },
						workspace: { type: 'string' },
						env: { type: 'string', multiple: true, default: [] },
						...LAYER_ARGUMENTS,
					},
				});
				if (values.policy === undefined || values.data === undefined || cut < 0) {
					return undefined;
				}
				return runGateway(
					{
						policyFile: values.policy,
						compositionFile,
						layers: readLayerOptions(values),
						dataDirectory: values.data,
						command: args.slice(cut + 1),
						env: values.env,
						...(values['server-id'] !== undefined && { serverName: values['server-id'] }),
						...(values.workspace !== undefined && { workspace: values.workspace }),
					},
					openCore,
					out,
				);
			},
		},
	];
}
