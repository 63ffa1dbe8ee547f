/** Of a text that is no histogram. Apart from what reads histograms, so that whoever reports errors need not load it. */
export class UnreadableHistogram extends Error {}
