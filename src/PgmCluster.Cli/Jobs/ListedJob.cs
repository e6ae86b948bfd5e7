using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Cli.Jobs;

/// <summary>A job of a list.</summary>
/// <param name="Entry">What the catalog says of it.</param>
/// <param name="Status">What it says itself; null where it cannot be asked.</param>
/// <param name="Trouble">Why it cannot.</param>
internal sealed record ListedJob(CatalogEntry Entry, JobStatus? Status, string? Trouble);
