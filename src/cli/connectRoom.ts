import { systemClock } from '../storage/system';
import { type Command } from './command';
import { readConnectOptions, runConnect } from './connect';
import { runHeadless } from './connectHeadless';
import { type OpenCore } from './gateway';

/** The shim as a command; `program` is the file that runs our own command line. */
export function connectRoom(openCore: OpenCore, program: string): readonly Command[] {
	return [
		{
			name: 'connect',
			help: `  connect SERVER-ID [--workspace DIR]  a stdio MCP server that leads to a server which VS Code guards: to the window that has
                                       DIR open, else to the newest one that guards the server; while none is
                                       open it guards by itself, and nobody can approve`,
			async run(args, out) {
				const options = readConnectOptions(args);
				const ending = new AbortController();
				const end = () => {
					ending.abort();
				};
				process.on('SIGINT', end).on('SIGTERM', end);
				const pipes = { input: process.stdin, output: process.stdout, signal: ending.signal };
				return options.headless
					? runHeadless(options, pipes, openCore, out)
					: runConnect(options, {
							...pipes,
							clock: systemClock,
							commandLine: [process.execPath, program],
							tell: line => {
								out.stderr(`mcp-firewall: ${line}`);
							},
						});
			},
		},
	];
}
