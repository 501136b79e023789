// Our own server for the conformance suites. Without arguments it speaks stdio; with --port N it serves /mcp on loopback
// and prints its port.
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { parseArgs } from 'node:util';
import { serveHttp, tell } from './http.mjs';
import { conformanceServer } from './server.mjs';

const { values } = parseArgs({ options: { port: { type: 'string' } } });

if (values.port === undefined) {
	serveStdio(context => conformanceServer(context, tell));
} else {
	const http = await serveHttp(Number(values.port), conformanceServer);
	console.log(`listening at http://127.0.0.1:${http.address().port}/mcp`);
}
