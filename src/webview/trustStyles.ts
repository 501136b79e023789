import { css } from 'lit';

/** What the trust card adds to the review editor's look: the frame around the state. */
export const trustStyles = css`
	.state {
		display: flex;
		align-items: center;
		gap: 10px;
		margin: 12px 0;
		padding: 10px 12px;
		border: 1px solid var(--vscode-contrastBorder, var(--vscode-widget-border, var(--line)));
		border-radius: 4px;
		background: var(--vscode-sideBar-background);
	}
	.state .icon {
		width: 24px;
		height: 24px;
	}
	.state.verified {
		border-inline-start: 4px solid var(--good);
	}
	.state.declared,
	.state.none,
	.state.checking {
		border-style: dashed;
		color: var(--vscode-foreground);
	}
	.state.failed {
		border: 3px double var(--vscode-inputValidation-errorBorder, var(--bad));
		background: var(--vscode-inputValidation-errorBackground);
	}
	.state.failed strong {
		font-size: 1.15em;
	}
	.warnings li {
		color: var(--vscode-foreground);
	}
	.asks {
		margin: 4px 0;
		padding-inline-start: 20px;
	}
	dd .quiet,
	dd .chip {
		margin-inline-start: 4px;
	}
`;
