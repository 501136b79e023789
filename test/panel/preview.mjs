/**
 * The panel in a real Chromium, with the page and the content security policy that VS Code gets, over a fake host.
 * `node test/panel/preview.mjs` checks, takes pictures into test-output/panel/ and leaves its counts there; `--only axe,reach` runs some
 * of the parts (panel, review, trust, axe, reach, waiting), `--state NAME` some of the states of axe, `--serve` only serves the pages to look at.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { ensureChromium } from '../../scripts/lib/chromium.mjs';
import { installEditor } from '../../scripts/lib/install.mjs';
import { runAxeChecks } from './axeChecks.mjs';
import { runChecks } from './checks.mjs';
import { runReachChecks } from './reachChecks.mjs';
import { runReviewChecks } from './reviewChecks.mjs';
import { runTrustChecks } from './trustChecks.mjs';
import { runWaitingChecks } from './waitingChecks.mjs';
import { themes } from './themes.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const out = join(root, 'test-output/panel');
mkdirSync(out, { recursive: true });
rmSync(join(out, 'results.json'), { force: true });
const PATIENCE_MS = 120_000;
const text = { type: 'string' };
const { values } = parseArgs({ options: { only: text, state: text, serve: { type: 'boolean' } } });
/** The longest begins. */
const parts = {
	axe: (browser, origin) => runAxeChecks(browser, origin, values.state),
	panel: runChecks,
	review: runReviewChecks,
	trust: runTrustChecks,
	reach: runReachChecks,
	waiting: runWaitingChecks,
};

const PRESET = '@secretlint/secretlint-rule-preset-recommend';

async function bundle(entry, name, format) {
	const outfile = join(out, name);
	await build({
		entryPoints: [join(root, entry)],
		bundle: true,
		minify: true,
		format,
		platform: format === 'esm' ? 'node' : 'browser',
		target: 'es2023',
		outfile,
		logLevel: 'warning',
		// What is imported for its types alone brings nothing along, node:* least of all.
		tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: false, useDefineForClassFields: true } },
		define: { 'process.env.NODE_ENV': '"production"' },
		// Rules for secrets, which want Node; the review session of the fake finds none.
		...(format === 'iife' && { alias: { [PRESET]: join(root, 'test/panel/noRules.ts') } }),
	});
	return outfile;
}

const script = await bundle('src/webview/panel.ts', 'panel.js', 'iife');
const fake = await bundle('test/panel/fakeApi.ts', 'fakeApi.js', 'iife');
const review = await bundle('src/webview/review.ts', 'review.js', 'iife');
const fakeReview = await bundle('test/panel/fakeReview.ts', 'fakeReview.js', 'iife');
const trust = await bundle('src/webview/trust.ts', 'trust.js', 'iife');
const fakeTrust = await bundle('test/panel/fakeTrust.ts', 'fakeTrust.js', 'iife');
const { panelHtml } = await import(await bundle('src/vscode/panelHtml.ts', 'panelHtml.mjs', 'esm'));
const bytes = readFileSync(script);
console.log(
	`panel.js ${(bytes.length / 1000).toFixed(1)} kB, ${(gzipSync(bytes).length / 1000).toFixed(1)} kB gzipped`,
);

const server = createServer((request, response) => {
	const url = new URL(request.url, 'http://127.0.0.1');
	const files = {
		...{ '/panel.js': script, '/fakeApi.js': fake, '/review.js': review, '/fakeReview.js': fakeReview },
		...{ '/trust.js': trust, '/fakeTrust.js': fakeTrust },
	};
	if (files[url.pathname] !== undefined) {
		response.setHeader('content-type', 'text/javascript');
		response.end(readFileSync(files[url.pathname]));
		return;
	}
	const nonce = randomBytes(16).toString('hex');
	const origin = `http://127.0.0.1:${server.address().port}`;
	const [name, element] = { '/review': ['Review', 'review'], '/trust': ['Trust', 'trust'] }[url.pathname] ?? ['Api'];
	const page = panelHtml({
		...{ scriptUri: `${origin}/${element ?? 'panel'}.js`, styleUris: [], cspSource: origin, nonce },
		...(element && { element: `mcp-firewall-${element}`, title: `MCP Firewall: ${element}` }),
	});
	const theme = themes[url.searchParams.get('theme') ?? 'dark'];
	// As VS Code does: the theme stands on the root element and its script runs before the page's own, both ahead of the policy.
	const style = Object.entries(theme).map(([name, value]) =>
		name === 'color-scheme' ? `color-scheme:${value}` : `--vscode-${name}:${value.replaceAll('"', "'")}`,
	);
	response.setHeader('content-type', 'text/html; charset=utf-8');
	response.end(
		page
			.replace('<html lang="en">', `<html lang="en" style="${style.join(';')}">`)
			.replace('<head>', `<head><link rel="icon" href="data:,"><script src="/fake${name}.js"></script>`),
	);
});
await new Promise(resolve => server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', resolve));
const origin = `http://127.0.0.1:${server.address().port}`;

if (values.serve) {
	console.log(`${origin}/?theme=dark&entries=500 (dark, light, high-contrast)`);
} else {
	await installEditor();
	const { chromium } = createRequire(join(root, 'test/e2e/package.json'))('playwright-core');
	const browser = await chromium.launch({
		executablePath: await ensureChromium(),
		args: [
			'--no-sandbox',
			'--disable-gpu',
			'--disable-quic',
			'--no-first-run',
			'--disable-background-networking',
			'--disable-component-update',
			'--disable-sync',
		],
	});
	try {
		// A loaded machine is several times slower than an idle one; waiting costs nothing.
		const patient = {
			newContext: async options => {
				const context = await browser.newContext(options);
				context.setDefaultTimeout(PATIENCE_MS);
				return context;
			},
		};
		const counts = { passed: 0, failed: 0, skipped: 0 };
		const wanted = Object.keys(parts).filter(name => values.only?.split(',').includes(name) ?? true);
		// Each takes one core, so two share the machine.
		const lane = async () => {
			for (let name = wanted.shift(); name; name = wanted.shift()) {
				const { passed, failed } = await parts[name](patient, origin, out).catch(error => {
					console.log(`FAILED ${name}: ${error.stack}`);
					return { passed: 0, failed: 1 };
				});
				counts.passed += passed;
				counts.failed += failed;
			}
		};
		await Promise.all([lane(), lane()]);
		writeFileSync(join(out, 'results.json'), JSON.stringify(counts));
		console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
		process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;
	} finally {
		await browser.close();
		server.close();
	}
}
