using System.CommandLine;
using System.Globalization;
using PgmCluster.Cli.Commands.Jobs;
using PgmCluster.Cli.Errors;
using PgmCluster.Cli.Homes;
using PgmCluster.Cli.Output;
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
            Description = "Splits of the dataset, separated by commas; train on the first. Such as train,validation",
            HelpName = "NAMES",
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
            Description = "Images per forward pass; fewer where the devices have no memory for so many",
            HelpName = "N",
            DefaultValueFactory = _ => defaults.BatchSize,
        };
        var flips = new Option<bool>("--flips")
        {
            Description = "Also the mirrored images, as a set of their own: 'pgm train --flips' uses both",
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
            id, dataset, tokenizer, split, shard, batch, flips, badImages, preview,
        };
        scheduling.AddTo(command);
        wait.AddTo(command);
        return command.Does(environment, invocation =>
        {
            string[] splits = [.. invocation.Get(split)!.Split(',', StringSplitOptions.TrimEntries)];
            var skipBad = BadImages.Parse(invocation.Get(badImages)!);
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
                    Split = splits[0],
                    AlsoSplits = splits[1..],
                    Flips = invocation.Get(flips),
                    ShardSize = invocation.Get(shard),
                    BatchSize = invocation.Get(batch),
                    SkipBad = skipBad,
                    Scheduling = scheduling.Of(invocation),
                });
                if (await job.GetEstimate() is { } estimate)
                    invocation.ProgressWriter.WriteLine($"{invocation.Get(id)}: {Words(estimate)}");
                return job;
            }, async (session, _) =>
            {
                if (target is null) return;
                await TokenPreviewFile.WriteAsync(
                    session, invocation.Get(id), splits[0], skipBad > 0, target, invocation.Cancellation);
                invocation.ProgressWriter.WriteLine($"Originals and what their codes are decoded to drawn into {Path.GetFullPath(target)}");
            });
        });
    }

    /// <summary>What it is going to take; what was not measured is said to be so.</summary>
    internal static string Words(TokenizationEstimate e)
    {
        var size = e.Bytes is { } bytes ? $", {Texts.Bytes(bytes)} of tokens" : "";
        var time = e.ImagesPerSecond is { } rate
            ? $"about {Texts.Duration(e.Images / rate)} at the {Texts.Rate(rate)} images/s of tokenization '{e.MeasuredBy}'"
            : "how long is not measured yet: the first images will tell";
        return string.Create(
            CultureInfo.InvariantCulture, $"{e.Images:N0} images in {e.Shards:N0} shards, {e.BatchSize} at once{size}; {time}");
    }
}
