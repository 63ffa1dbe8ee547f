/** What people know a commit by. */
export interface CommitFacts {
  /** ISO 8601, of the committer. */
  readonly date: string;
  readonly subject: string;
}
