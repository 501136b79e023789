import { join } from 'node:path';
import { AUDIT_ROOM } from './cli/auditRoom';
import { runCommand } from './cli/command';
import { gatewayRoom } from './cli/gatewayRoom';
import { type CliOutput } from './cli/output';
import { policyRoom } from './cli/policyRoom';
import { composeCore } from './compose';

const out: CliOutput = {
	stdout: line => process.stdout.write(`${line}\n`),
	stderr: line => process.stderr.write(`${line}\n`),
};

const CATALOGUE = join(__dirname, '../policies/composition.yaml');
const COMMANDS = [...policyRoom(CATALOGUE), ...AUDIT_ROOM, ...gatewayRoom(composeCore, CATALOGUE)];

void runCommand(COMMANDS, process.argv.slice(2), out).then(code => {
	process.exitCode = code;
});
