using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Sampling;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Grains.Hosting;
using PgmCluster.Grains.Tests.Support;

namespace PgmCluster.Grains.Tests.Errors;

/// <summary>What a client, of an older version too, can tell of a refusal.</summary>
public class WireErrorsTests : ClusterTest
{
    /// <summary>A client of an older version could not read a type that it lacks: new kinds of errors are codes.</summary>
    [Fact]
    public void Contracts_TypesOfExceptions_AreThoseThatEveryClientKnows() => Assert.Equal(
        ["InvalidRequestException", "NotFoundException", "PgmException"],
        typeof(PgmException).Assembly.GetTypes().Where(t => t.IsAssignableTo(typeof(Exception))).Select(t => t.Name).Order());

    [Fact]
    public void Codes_Numbers_StayWhatTheyAre() => Assert.Equal(
        ["Failed 0", "Invalid 1", "NotFound 2", "Conflict 3", "NotReady 4", "Unavailable 5", "Internal 6", "Denied 7"],
        Enum.GetValues<PgmErrorCode>().Select(c => $"{c} {(int)c}"));

    [Fact]
    public async Task Call_RefusedOrTooEarly_ArrivesWithItsCode()
    {
        var (run, _) = await Cluster.StartRun();
        var changed = GrainCluster.Request() with { Seed = 99 };

        Assert.Equal(PgmErrorCode.Conflict, (await Assert.ThrowsAsync<InvalidRequestException>(() => run.Start(changed))).Code);
        Assert.Equal(PgmErrorCode.NotFound, (await Assert.ThrowsAsync<NotFoundException>(() => Cluster.Run("none").GetStatus())).Code);
        Assert.Equal(
            PgmErrorCode.Invalid,
            (await Assert.ThrowsAsync<InvalidRequestException>(() => Cluster.Run("a b").Start(GrainCluster.Request()))).Code);
        Assert.Equal(
            PgmErrorCode.NotReady,
            (await Assert.ThrowsAsync<InvalidRequestException>(
                () => Cluster.Tokens("tokens").Start(new TokenizationRequest { Dataset = "shoes", Tokenizer = "run" }))).Code);
    }

    /// <summary>A client's compiler need not know of nullable references.</summary>
    [Fact]
    public async Task Call_NullWhereAValueBelongs_IsRefusedByItsName()
    {
        await Cluster.Register();

        Assert.Contains("request is null", await Refusal(() => Cluster.Run("r").Start(null!)));
        Assert.Contains(
            "request.Preset is null", await Refusal(() => Cluster.Run("r").Start(GrainCluster.Request() with { Preset = null! })));
        Assert.Contains("request.Set is null", await Refusal(() => Cluster.Run("r").Start(GrainCluster.Request() with { Set = null! })));
        Assert.Contains("request.Model is null", await Refusal(() => Cluster.Samples("s").Start(new() { Model = null! })));
        await Assert.ThrowsAsync<NotFoundException>(() => Cluster.Run("r").GetStatus());

        static async Task<string> Refusal(Func<Task> call) => (await Assert.ThrowsAsync<InvalidRequestException>(call)).Message;
    }

    /// <summary>What a client of an older version does not send has its default, and not null, which would be refused.</summary>
    [Fact]
    public void Request_WithoutWhatAClientOfOldDoesNotKnow_ArrivesWhole()
    {
        using var services = new ServiceCollection().AddSerializer().BuildServiceProvider();
        var sent = services.GetRequiredService<Serializer<NoMembers>>().SerializeToArray(new NoMembers());
        var tokenization = Arrived<TokenizationRequest>() with { Dataset = "a", Tokenizer = "b" };
        var sampling = Arrived<SamplingRequest>() with { Model = "a" };

        Assert.Equal(("train", 2000), (tokenization.Split, tokenization.ShardSize));
        Assert.Equal(new SamplingSettings(), sampling.Settings);
        Assert.Null(MissingValues.First(typeof(ITokenizationJobGrain).GetMethod("Start")!, _ => tokenization));
        Assert.Null(MissingValues.First(typeof(ISamplingJobGrain).GetMethod("Start")!, _ => sampling));

        T Arrived<T>() => services.GetRequiredService<Serializer<T>>().Deserialize(sent)!;
    }

    [Fact]
    public void Of_WrappedByOrleans_IsTheRefusalItself()
    {
        var refusal = new PgmException("The disk is full.") { Code = PgmErrorCode.Unavailable };

        Assert.Same(refusal, WireErrors.Of(new OrleansException("long", refusal)));
        Assert.Null(WireErrors.Of(refusal));
        Assert.Null(WireErrors.Of(new InvalidOperationException("x")));
    }

    [Fact]
    public void Of_TypeOfAPartThatClientsLack_IsTheContractsTypeWithTheSameWords()
    {
        var wire = WireErrors.Of(new OnlyHereException());

        Assert.IsType<PgmException>(wire);
        Assert.Equal(("The words.", PgmErrorCode.Conflict), (wire.Message, wire.Code));
    }

    private sealed class OnlyHereException : PgmException
    {
        public OnlyHereException() : base("The words.") => Code = PgmErrorCode.Conflict;
    }

    /// <summary>A request of which nothing is sent.</summary>
    [GenerateSerializer]
    internal sealed class NoMembers;
}
