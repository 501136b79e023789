/**
 * The steps of the open walkthrough, as drawn.
 *
 * @param {import('./workbench.mjs').Workbench} workbench
 * @returns {Promise<readonly { readonly title: string, readonly done: boolean }[]>}
 */
export async function walkthroughSteps(workbench) {
	const steps = workbench.page.locator('.getting-started-step');
	await steps.first().waitFor();
	return steps.evaluateAll(all =>
		all.map(step => ({
			title: step.querySelector('.step-title')?.textContent ?? '',
			done: step.querySelector('.codicon.complete') !== null,
		})),
	);
}
