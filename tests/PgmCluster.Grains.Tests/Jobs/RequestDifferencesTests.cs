using PgmCluster.Contracts.Sampling;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Jobs.Requests;

namespace PgmCluster.Grains.Tests.Jobs;

public class RequestDifferencesTests
{
    private const string Stored =
        """{"model":"m","images":4,"addedLater":{"a":1},"settings":{"steps":8,"threads":0,"addedLater":true}}""";

    [Fact]
    public void Between_StoredByANewerVersionWithMembersThatNobodyCanAskForHere_IsTheSameRequest()
    {
        var recorded = WorkJson.Read<SamplingRequest>(Stored);
        Assert.NotNull(recorded.Unknown);

        var asked = recorded with { Unknown = null, Settings = recorded.Settings with { Unknown = null } };
        Assert.Empty(RequestDifferences.Between(recorded, asked));
        Assert.NotEmpty(RequestDifferences.Between(recorded, recorded with { Settings = recorded.Settings with { Steps = 9 } }));
    }

    [Fact]
    public void Equals_UnknownMembers_CompareByContent()
    {
        var (one, same) = (WorkJson.Read<SamplingRequest>(Stored).Settings, WorkJson.Read<SamplingRequest>(Stored).Settings);

        Assert.Equal(one, same);
        Assert.NotEqual(one, WorkJson.Read<SamplingRequest>(Stored.Replace("true", "false", StringComparison.Ordinal)).Settings);
    }
}
