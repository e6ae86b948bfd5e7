using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using PgmCluster.Data.Safetensors;
using PgmCluster.Modeling.MaskGit;
using PgmCluster.Modeling.Partition;
using PgmCluster.Modeling.Weights;
using PgmCluster.TestSupport;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Golden.Recorded;

/// <summary>The small part of the golden data that ships with the program, for <c>pgm doctor</c>: four files and their sums.</summary>
internal static class RecordedNumbers
{
    public const string Sums = "SHA256SUMS";

    /// <summary>Elements that are kept of a gradient.</summary>
    private const int ProbeLength = 64;

    /// <summary>Codes whose logits are kept.</summary>
    private const int Codes = 48;

    /// <summary>Steps of the training curves, and steps of a sampler with logits.</summary>
    private const int Steps = 5, StepsWithLogits = 2;

    private static readonly string[] Samplers = ["halton", "confidence"];

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        IgnoreReadOnlyProperties = true,
    };

    public static void WriteTo(string directory)
    {
        Directory.CreateDirectory(directory);
        var sums = new List<string>();
        void Write(string name, Action<SafetensorsWriter> fill)
        {
            using var scope = NewDisposeScope();
            var writer = new SafetensorsWriter();
            fill(writer);
            var path = Path.Combine(directory, name);
            using (var file = File.Create(path)) writer.WriteTo(file);
            sums.Add($"{Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)))}  {name}");
        }
        Write("pgm.safetensors", writer => Model(writer, "pgm", "pgm_tiny/state", "pgm_tiny/train_forward", "pgm_tiny/train_grads"));
        const string MaskGit = "maskgit_tiny/proj1.";
        Write("maskgit.safetensors", writer => Model(writer, "maskgit", MaskGit + "state", MaskGit + "forward", MaskGit + "grads"));
        Write("tokenizer.safetensors", Tokenizer);
        Write("inception.safetensors", Inception);
        File.WriteAllText(Path.Combine(directory, Sums), string.Join('\n', sums) + "\n");
    }

    private static void Model(SafetensorsWriter writer, string kind, string weights, string forward, string gradients)
    {
        using var model = GoldenModels.Of(weights + ".safetensors");
        writer.Metadata["model"] = model is PartitionTransformer pgm ? Json(pgm.Settings) : Json(((MaskGitTransformer)model).Settings);
        var state = StateDict.Of(model);
        foreach (var (name, tensor, _) in state.Entries) Add(writer, "weights." + name, tensor);

        using (var file = GoldenFiles.Open(forward + ".safetensors"))
            Copy(writer, file, "", "forward.", ["x", "group_idxs", "code", "mask", "y", "drop_label", "logits", "loss_f64"]);
        using (var file = GoldenFiles.Open(gradients + ".safetensors"))
        {
            var norms = new List<double>();
            foreach (var (name, _, _) in state.Parameters)
            {
                var gradient = file.Tensor(name).flatten();
                norms.Add(gradient.to_type(float64).norm().item<double>());
                Add(writer, "gradient." + name, gradient[GradientProbe(gradient.shape[0])]);
            }
            writer.Add<double>("gradient_norms", [norms.Count], norms.ToArray());
        }
        if (kind == "pgm")
        {
            using var file = GoldenFiles.Open("pgm_tiny/inference.safetensors");
            string[] kept = ["x", "clean_positions", "noisy_positions", "concrete_lengths", "y", "drop_label", "logits"];
            foreach (var name in new[] { "even", "uneven" }) Copy(writer, file, name + ".", $"predict.{name}.", kept);
        }

        writer.Metadata["curve"] = GoldenFiles.Json($"training_curve_{kind}/grad_cum1.json").GetRawText();
        using (var file = GoldenFiles.Open($"training_curve_{kind}/grad_cum1.safetensors"))
            Copy(writer, file, "", "curve.", ["code", "y", "u_drop", "r", "u_mask", "loss", "grad_norm"], t => t.narrow(0, 0, Steps));
        foreach (var sampler in Samplers) Sampler(writer, sampler, $"sampling/{sampler}_{kind}_w2");
    }

    private static void Sampler(SafetensorsWriter writer, string name, string set)
    {
        var config = GoldenFiles.Json(set + ".json");
        var settings = SamplingGolden.Settings(config, config.GetProperty("sampler").GetString()!);
        writer.Metadata["sampler." + name] = Json(settings);
        using var file = GoldenFiles.Open(set + ".safetensors");
        Copy(writer, file, "", name + ".", ["labels", "final_code", "halton_roll"]);
        for (var step = 0; step < settings.Steps; step++)
        {
            var prefix = $"step{step:00}.";
            Copy(writer, file, prefix, $"{name}.{prefix}", ["model_codes", "uniforms", "gumbel"]);
            if (step < StepsWithLogits) Copy(writer, file, prefix, $"{name}.{prefix}", ["scaled_logits"], t => t.narrow(0, 0, 1));
        }
    }

    private static void Tokenizer(SafetensorsWriter writer)
    {
        var config = GoldenFiles.Json("vq_tiny/vq8.config.json");
        writer.Metadata["model"] = Json(VqConfig.Read(config));
        writer.Metadata["fill"] = Fill(config.GetProperty("fill_gain").GetDouble(), config.GetProperty("fill_phase").GetDouble());
        using var file = GoldenFiles.Open("vq_tiny/vq8.eval.safetensors");
        Copy(writer, file, "", "", ["x", "h", "codes", "decoded"], t => t.narrow(0, 0, 1));
    }

    private static void Inception(SafetensorsWriter writer)
    {
        using var file = GoldenFiles.Open("inception/inception.safetensors");
        var (gain, phase) = InceptionGolden.FillOf(file);
        writer.Metadata["fill"] = Fill(gain, phase);
        string[] kept = ["resized_u8", "features.64", "features.192", "features.768", "features.2048", "features.logits_unbiased"];
        Copy(writer, file, "small.", "", kept, t => t.narrow(0, 0, 1));
    }

    /// <summary>Which elements of a gradient are kept: evenly spread, the first and the last among them.</summary>
    private static Tensor GradientProbe(long length) =>
        linspace(0, length - 1, Math.Min(length, ProbeLength), dtype: float64).round_().to_type(int64);

    private static string Fill(double gain, double phase) => new JsonObject { ["gain"] = gain, ["phase"] = phase }.ToJsonString();

    private static string Json<T>(T settings) => JsonSerializer.Serialize(settings, Options);

    private static void Copy(
        SafetensorsWriter writer, SafetensorsFile from, string prefix, string newPrefix, string[] names, Func<Tensor, Tensor>? cut = null)
    {
        foreach (var name in names.Where(n => from.Contains(prefix + n)))
        {
            var tensor = from.Tensor(prefix + name);
            if (name.EndsWith("logits", StringComparison.Ordinal)) tensor = tensor.narrow(2, 0, Codes);
            Add(writer, newPrefix + name, cut is null ? tensor : cut(tensor));
        }
    }

    private static void Add(SafetensorsWriter writer, string name, Tensor tensor)
    {
        var bytes = tensor.detach().contiguous().bytes.ToArray();
        writer.Add(name, TensorTypes.Of(tensor.dtype), tensor.shape, () => bytes);
    }
}
