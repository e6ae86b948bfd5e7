using PgmCluster.Contracts.Pulls;

namespace PgmCluster.Grains.Pulls;

/// <summary>Finds out what a pull has to fetch. Replaced in tests.</summary>
public interface IHubListing
{
    /// <summary>Lists the wanted files, asks whether they may be read and whether there is room, and writes the list down.</summary>
    /// <param name="jobId">Of the pull.</param>
    /// <param name="request">What is wanted.</param>
    /// <exception cref="Data.BadInputException">It cannot be had; the message says why, and what to do.</exception>
    /// <exception cref="Contracts.Errors.PgmException">The Hub does not answer.</exception>
    Task<ListedPull> ListAsync(string jobId, PullRequest request);
}
