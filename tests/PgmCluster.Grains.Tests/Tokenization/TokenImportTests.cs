using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Contracts.Training;
using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Tests.Support;

namespace PgmCluster.Grains.Tests.Tokenization;

/// <summary>A tokenization of tokens that were made elsewhere.</summary>
public sealed class TokenImportTests : ClusterTest
{
    private readonly string _directory = Directory.CreateTempSubdirectory("pgm-tokens-").FullName;

    [Fact]
    public async Task Start_Import_MakesAShardOfEachFileAndModelsTrainOnThem()
    {
        var job = await StartAsync("data-00000-of-00002.arrow", "data-00001-of-00002.arrow");
        for (var i = 0; i < 2; i++)
        {
            var item = await Work.Next();
            var work = item.Read<ImportTokensWork>();
            Assert.Equal(
                (WorkKinds.ImportTokens, $"tokens/taken/shard-{i:00000}.safetensors", $"data-0000{i}-of-00002.arrow"),
                (item.Kind, work.Output, work.File));
            item.Complete(Result(work, images: 5 + i, largestLabel: 7 - i));
        }

        await ToRest(job, JobPhase.Completed);
        var (result, dataset) = (await job.GetResult(), await job.GetDataset());

        Assert.Equal((11, 7, 7, 16, 2), (result.Images, result.Height, result.Width, result.Codebook, result.Shards.Count));
        Assert.Equal(Enumerable.Range(0, 8).Select(c => $"{c}"), dataset.ClassNames);
        Assert.Equal(
            [("source", _directory), ("tokenizer", "tok")],
            (await job.GetOrigin()).From.Select(s => (s.Role, s.Name.StartsWith(_directory, StringComparison.Ordinal) ? _directory : s.Name)));
        await Cluster.Run("model").Start(new TrainingRequest { Preset = "pgm-x", Tokens = "taken" });
        Assert.Equal("train", (await Work.Next()).Kind);
    }

    [Fact]
    public async Task Start_FilesBesideTheDirectory_AreRefused()
    {
        var request = new TokenizationRequest
        {
            Dataset = "",
            Tokenizer = "tok",
            Import = new TokenImport { Location = _directory, Files = ["../secret.arrow"] },
        };
        Directory.CreateDirectory(Path.Combine(_directory, "train"));
        File.WriteAllText(Path.Combine(_directory, "train", "a.arrow"), "");

        var error = await Assert.ThrowsAsync<InvalidRequestException>(() => Cluster.Tokens("taken").Start(request));

        Assert.Contains("it has no file ../secret.arrow", error.Message);
    }

    [Fact]
    public async Task Start_DirectoryWithoutTokens_IsRefused()
    {
        var error = await Assert.ThrowsAsync<InvalidRequestException>(() => StartAsync());

        Assert.Contains("it has no .arrow files", error.Message);
    }

    private async Task<ITokenizationJobGrain> StartAsync(params string[] files)
    {
        Directory.CreateDirectory(Path.Combine(_directory, "train"));
        foreach (var file in files) File.WriteAllText(Path.Combine(_directory, "train", file), "");
        await Cluster.Register();
        await Cluster.Run("tok").Start(GrainCluster.Request());
        (await Work.Next()).Complete(GrainCluster.TrainResult("tok"));
        await ToRest(Cluster.Run("tok"), JobPhase.Completed);
        var job = Cluster.Tokens("taken");
        await job.Start(new TokenizationRequest { Dataset = "", Tokenizer = "tok", Import = new TokenImport { Location = _directory } });
        return job;
    }

    private static ImportTokensResult Result(ImportTokensWork work, int images, int largestLabel) => new(
        new TokenizeShardResult
        {
            File = new ArtifactInfo(work.Output, 100, new string('3', 64)),
            Images = images,
            Height = 7,
            Width = 7,
            Codebook = 16,
            CodeBitmap = [3, 0],
        },
        largestLabel);
}
