using System.CommandLine;
using System.Globalization;
using PgmCluster.Cli.Errors;
using PgmCluster.Cli.Homes;
using PgmCluster.Cli.Output;
using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Checkpoints;
using PgmCluster.Data.Safetensors;
using PgmCluster.Execution.Specifications;
using Spectre.Console;

namespace PgmCluster.Cli.Commands.Checkpoints;

/// <summary><c>pgm checkpoint inspect</c>: what a file holds, every byte of it checked.</summary>
internal static class CheckpointInspectCommand
{
    public static Command Create(CliEnvironment environment)
    {
        var file = new Argument<string>("FILE")
        {
            Description = "A .pth, .pt, .ckpt or .safetensors file, the folder of a checkpoint, "
            + "or a run"
        };
        var weights = WeightsOption.Create();
        return new Command("inspect", "Show what a checkpoint holds, and check all of its bytes")
        {
            file, weights,
        }.Does(environment, invocation =>
        {
            using var checkpoint = CheckpointPlaces.Open(invocation.Home, invocation.Get(file), invocation.Get(weights));
            var problems = checkpoint.Problems.Concat(Damages(checkpoint, invocation.Cancellation)).ToList();
            var specification = checkpoint.Specification is null ? null : SpecificationJson.Parse(checkpoint.Specification);
            var json = new
            {
                file = checkpoint.Path,
                container = checkpoint.Container,
                layout = checkpoint.Layout,
                checkpoint.Iter,
                checkpoint.GlobalEpoch,
                elements = checkpoint.ElementCount,
                kind = specification?.Kind,
                preset = specification?.Preset,
                averaged = checkpoint.Average.Count > 0,
                optimizer = checkpoint.Optimizer is not { } o ? null : new
                {
                    parameters = o.State.Count,
                    steps = o.State.Values.Select(m => m.Step).Distinct(),
                    groups = o.Groups.Select(
                        g => new
                        {
                            g.LearningRate,
                            betas = new[] { g.Beta1, g.Beta2 },
                            g.Epsilon,
                            g.WeightDecay,
                            parameters = g.Parameters.Count
                        }),
                },
                tensors = checkpoint.Model.Select(t => new { t.Name, type = t.Type.SafetensorsName(), t.Shape }),
                weights = checkpoint.Sets,
                unread = checkpoint.Unread,
                notes = checkpoint.Notes,
                problems,
            };
            var code = invocation.Finish(json, console =>
            {
                console.WriteTable(
                    ["tensor", "type", "shape"],
                    checkpoint.Model.Select(t => new[] { t.Name, t.Type.SafetensorsName(), $"[{string.Join(", ", t.Shape)}]" }));
                console.WriteFacts(Facts(checkpoint, specification));
                foreach (var note in checkpoint.Notes) console.WriteLine($"Note: {note}");
                if (checkpoint.Unread.Count > 0) console.WriteLine($"Not read, and nothing of it was run: {Unread(checkpoint)}");
                foreach (var problem in problems) console.WriteLine($"Problem: {problem}");
                if (problems.Count == 0)
                    console.WriteLine("No problems: every byte of these tensors was read, and every checksum is right.");
            });
            return Task.FromResult(problems.Count == 0 ? code : ErrorKinds.CodeOf(ErrorKinds.Corrupt));
        });
    }

    private static IEnumerable<(string Name, string Value)> Facts(ReferenceCheckpoint checkpoint, TrainingSpecification? specification)
    {
        yield return ("file", checkpoint.Path);
        yield return ("container",
            checkpoint.Layout.Length > 0 ? $"{checkpoint.Container}, state dict under '{checkpoint.Layout}'" : checkpoint.Container);
        if (checkpoint.Iter is { } iter) yield return ("iter", iter.ToString(CultureInfo.InvariantCulture));
        if (checkpoint.GlobalEpoch is { } epoch) yield return ("global epoch", epoch.ToString(CultureInfo.InvariantCulture));
        yield return ("tensors", checkpoint.Model.Count.ToString(CultureInfo.InvariantCulture));
        yield return ("elements", checkpoint.ElementCount.ToString("N0", CultureInfo.InvariantCulture));
        if (specification is not null) yield return ("model", $"{specification.Kind}, preset {specification.Preset}");
        if (checkpoint.Average.Count > 0) yield return ("averaged weights", "yes");
        if (checkpoint.Optimizer is not { } optimizer) yield break;
        yield return ("optimizer", string.Create(
            CultureInfo.InvariantCulture,
            $"AdamW, {optimizer.State.Count} parameters, step {string.Join(", ", optimizer.State.Values.Select(m => m.Step).Distinct())}"));
        foreach (var group in optimizer.Groups)
            yield return ("  group", string.Create(
                CultureInfo.InvariantCulture,
                $"lr {group.LearningRate:G6}, betas {group.Beta1}, {group.Beta2}, weight decay {group.WeightDecay}, "
                + $"{group.Parameters.Count} parameters"));
    }

    private static string Unread(ReferenceCheckpoint checkpoint)
    {
        var listed = checkpoint.Unread.Take(10).Select(u => u.At.Length > 0 ? $"{u.At} ({u.Type})" : u.Type);
        return $"{string.Join(", ", listed)}{(checkpoint.Unread.Count > 10 ? $" and {checkpoint.Unread.Count - 10} more; --json lists all" : "")}.";
    }

    /// <summary>Opening checks the structure; that the bytes are right shows only when they are read.</summary>
    private static IEnumerable<string> Damages(ReferenceCheckpoint checkpoint, CancellationToken cancellation)
    {
        using var nowhere = new StoppableStream(Stream.Null, cancellation);
        var moments = checkpoint.Optimizer?.State.Values.SelectMany(m => new[] { m.First, m.Second }) ?? [];
        foreach (var tensor in checkpoint.Model.Concat(checkpoint.Average).Concat(moments))
        {
            string? damage = null;
            try
            {
                tensor.CopyTo(nowhere);
            }
            catch (DataCorruptException e)
            {
                damage = $"{tensor.Name}: {e.Message}";
            }
            if (damage is not null) yield return damage;
        }
    }
}
