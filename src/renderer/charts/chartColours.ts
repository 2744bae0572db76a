/** The theme's colours, as values. */
export interface ChartColours {
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly surface: string;
  readonly baseline: string;
  readonly trained: string;
}
