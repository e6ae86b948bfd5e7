using System.Text;
using System.Text.Json;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Json;
using PgmCluster.Silo.TestHost;
using PgmCluster.TestSupport;

namespace PgmCluster.Silo.Tests.Storage;

public sealed class JsonGrainStateSerializerTests
{
    private static readonly ProbeState s_state = new()
    {
        Text = "größe ≤ 64",
        Count = 3,
        Phase = ProbePhase.Running,
        Elapsed = new TimeSpan(1, 2, 3, 4, 500),
        At = new DateTimeOffset(2026, 5, 4, 3, 2, 1, 250, TimeSpan.FromHours(2)),
        Items = [new ProbeItem("shard-00000", 9007199254740993)],
        Metrics = new Dictionary<string, double> { ["train/loss"] = double.NaN, ["Val_Loss"] = 5.25 },
    };

    private readonly JsonGrainStateSerializer _serializer = new();

    [Fact]
    public void Serialize_EveryKindOfField_IsTheCommittedSample() =>
        Assert.Equal(Sample(2), _serializer.Serialize(s_state).ToString());

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Deserialize_CommittedSample_StillReads(int sample)
    {
        var state = _serializer.Deserialize<ProbeState>(new BinaryData(Encoding.UTF8.GetBytes(Sample(sample))));

        Assert.Equal(s_state with { Items = state.Items, Metrics = state.Metrics }, state);
        Assert.Equal(s_state.Items, state.Items);
        Assert.Equal(s_state.Metrics.Order(Comparer<KeyValuePair<string, double>>.Create((a, b) => string.CompareOrdinal(a.Key, b.Key))),
            state.Metrics.Order(Comparer<KeyValuePair<string, double>>.Create((a, b) => string.CompareOrdinal(a.Key, b.Key))));
    }

    [Fact]
    public void Deserialize_UnknownAndMissingFields_IgnoresAndKeepsDefaults()
    {
        var state = _serializer.Deserialize<ProbeState>(BinaryData.FromString("""{"text":"x","addedLater":{"deep":[1]}}"""));

        Assert.Equal(("x", 0, ProbePhase.None), (state.Text, state.Count, state.Phase));
        Assert.Empty(state.Items);
        Assert.Empty(state.Metrics);
    }

    [Fact]
    public void Deserialize_NameOfNoEnumMember_SaysWhatThereIs()
    {
        var e = Assert.Throws<JsonException>(() => _serializer.Deserialize<ProbeState>(BinaryData.FromString("{\"phase\":\"Later\"}")));

        Assert.Contains("'Later'", e.Message, StringComparison.Ordinal);
        Assert.Contains("None, Running, Done", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Deserialize_NotJson_Throws() =>
        Assert.Throws<JsonException>(() => _serializer.Deserialize<ProbeState>(BinaryData.FromString("not json")));

    private static string Sample(int number) =>
        File.ReadAllText(Path.Combine(
            RepositoryRoot.Path, $"tests/PgmCluster.Silo.Tests/Storage/Samples/probe-state.{number}.json")).TrimEnd('\n');
}
