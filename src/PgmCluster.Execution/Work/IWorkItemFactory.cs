using PgmCluster.Execution.Documents;

namespace PgmCluster.Execution.Work;

/// <summary>Makes work items out of their documents. Replaced in tests.</summary>
public interface IWorkItemFactory
{
    /// <param name="kind">One of <see cref="WorkKinds"/>.</param>
    /// <param name="document">The matching record (TrainWork, TokenizeShardWork, ...) as JSON.</param>
    /// <exception cref="Data.BadInputException">Unknown kind or unreadable document.</exception>
    IWorkItem Create(string kind, string document);
}
