using System.CommandLine;
using PgmCluster.Cli.Commands.Jobs;
using PgmCluster.Cli.Errors;
using PgmCluster.Cli.Homes;
using PgmCluster.Contracts.Tokenization;

namespace PgmCluster.Cli.Commands.Datasets;

/// <summary><c>pgm tokenize</c>: images into codes.</summary>
internal static class TokenizeCommand
{
    public static Command Create(CliEnvironment environment)
    {
        var defaults = new TokenizationRequest { Dataset = "", Tokenizer = "" };
        var id = new Argument<string>("ID") { Description = "Id of the tokenization; the same command goes on with it" };
        var dataset = new Option<string>("--dataset") { Description = "Registered dataset", HelpName = "NAME", Required = true };
        var tokenizer = new Option<string>("--tokenizer")
        {
            Description = "Completed tokenizer training run",
            HelpName = "RUN",
            Required = true,
        };
        var split = new Option<string>("--split")
        {
            Description = "Split of the dataset",
            HelpName = "NAME",
            DefaultValueFactory = _ => defaults.Split,
        };
        var shard = new Option<int>("--shard-size")
        {
            Description = "Images per shard",
            HelpName = "N",
            DefaultValueFactory = _ => defaults.ShardSize,
        };
        var batch = new Option<int>("--batch-size")
        {
            Description = "Images per forward pass",
            HelpName = "N",
            DefaultValueFactory = _ => defaults.BatchSize,
        };
        var badImages = BadImages.Option();
        var preview = new Option<string?>("--preview")
        {
            Description = "Draw some images, and what their codes are decoded to below them, into this file",
            HelpName = "FILE.png",
        };
        var scheduling = new SchedulingOptions();
        var wait = new WaitOptions();
        var command = new Command("tokenize", "Turn a dataset's images into token shards")
        {
            id, dataset, tokenizer, split, shard, batch, badImages, preview,
        };
        scheduling.AddTo(command);
        wait.AddTo(command);
        return command.Does(environment, invocation =>
        {
            var target = invocation.Get(preview);
            if (target is not null)
            {
                if (wait.Detach(invocation))
                    throw new UsageException("--preview needs the tokens, which --detach does not wait for. Leave out one of them.");
                OutputFile.Check(target);
            }
            return JobVerb.RunAsync(invocation, wait, invocation.Get(id), async session =>
            {
                var job = session.Get<ITokenizationJobGrain>(invocation.Get(id));
                await job.Start(new TokenizationRequest
                {
                    Dataset = invocation.Get(dataset)!,
                    Tokenizer = invocation.Get(tokenizer)!,
                    Split = invocation.Get(split)!,
                    ShardSize = invocation.Get(shard),
                    BatchSize = invocation.Get(batch),
                    SkipBad = BadImages.Parse(invocation.Get(badImages)!),
                    Scheduling = scheduling.Of(invocation),
                });
                return job;
            }, async (session, _) =>
            {
                if (target is null) return;
                var skipsBad = BadImages.Parse(invocation.Get(badImages)!) > 0;
                await TokenPreviewFile.WriteAsync(
                    session, invocation.Get(id), invocation.Get(split)!, skipsBad, target, invocation.Cancellation);
                invocation.ProgressWriter.WriteLine($"Originals and what their codes are decoded to drawn into {Path.GetFullPath(target)}");
            });
        });
    }
}
