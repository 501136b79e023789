import { css } from 'lit';

const page = css`
	html,
	body {
		height: 100%;
		margin: 0;
		padding: 0;
	}
	.vscode-dark,
	.vscode-high-contrast {
		color-scheme: dark;
	}
	.vscode-light,
	.vscode-high-contrast-light {
		color-scheme: light;
	}
`;

/** Gives the page around our element its size and scheme. */
export function adoptPageStyles(): void {
	if (page.styleSheet !== undefined) {
		document.adoptedStyleSheets = [...document.adoptedStyleSheets, page.styleSheet];
	}
}
