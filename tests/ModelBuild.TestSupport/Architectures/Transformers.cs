using ModelBuild.Compiler.Graphs;

namespace ModelBuild.TestSupport;

/// <summary>BERT, a decoder in the manner of GPT-2, and ViT; attention is taken apart, as exporters do.</summary>
internal static class Transformers
{
    /// <param name="Layers">12.</param>
    /// <param name="Width">768.</param>
    /// <param name="Heads">12.</param>
    /// <param name="Vocabulary">Of tokens.</param>
    public sealed record Size(int Layers, int Width, int Heads, int Vocabulary);

    /// <summary>An encoder of text: hidden states, and what stands for the whole.</summary>
    public static NetworkFile Bert(Size size)
    {
        var net = new NetworkWriter();
        string ids = net.Input("input_ids", DataType.Int64, size.Vocabulary, "batch", "sequence");
        string attended = net.Input("attention_mask", DataType.Int64, 2, "batch", "sequence");
        string types = net.Input("token_type_ids", DataType.Int64, 2, "batch", "sequence");
        net.Module = "/embeddings";
        string length = net.SizesOf(ids, 1)[0];
        string places = net.Constant(Tensor.Of([.. Enumerable.Range(0, 512).Select(i => (long)i)], 1, 512));
        string positions = net.Node("Slice", [places, net.Integers(0), length, net.Integers(1)]);
        string x = net.Node(
            "Add",
            [
                net.Node("Add", [Embed(net, ids, size.Vocabulary, size.Width), Embed(net, types, 2, size.Width)]),
                Embed(net, positions, 512, size.Width),
            ]);
        x = net.LayerNorm(x, size.Width);
        string kept = net.Node("Cast", [net.Node("Unsqueeze", [attended, net.Integers(1, 2)])], ("to", (long)DataType.Float32));
        string mask = net.Node("Mul", [net.Node("Sub", [net.Number(1), kept]), net.Number(-10000)]);
        for (int layer = 0; layer < size.Layers; layer++)
        {
            net.Module = $"/encoder/layer.{layer}";
            string y = Attend(net, x, size.Width, size.Heads, scores => net.Node("Add", [scores, mask]));
            x = net.LayerNorm(net.Node("Add", [y, x]), size.Width);
            x = net.LayerNorm(net.Node("Add", [FeedForward(net, x, size.Width, "Gelu"), x]), size.Width);
        }

        net.Module = "/pooler";
        net.Output("last_hidden_state", x);
        net.Output("pooled", net.Node("Tanh", [net.Gemm(net.Node("Gather", [x, net.Index(0)], ("axis", 1)), size.Width, size.Width)]));
        return net.Finish();
    }

    /// <summary>A decoder that is given what it has made of the tokens before: keys and values are inputs and outputs.</summary>
    public static NetworkFile Gpt(Size size)
    {
        var net = new NetworkWriter();
        int depth = size.Width / size.Heads;
        string ids = net.Input("input_ids", DataType.Int64, size.Vocabulary, "batch", "sequence");
        (string Key, string Value)[] past =
        [
            .. Enumerable.Range(0, size.Layers).Select(i => (Past($"past.{i}.key"), Past($"past.{i}.value"))),
        ];
        string Past(string name) => net.Input(name, DataType.Float32, 0, "batch", size.Heads, "past", depth);

        net.Module = "/positions";
        string before = Scalar(net.SizesOf(past[0].Key, 2)[0]);
        string total = net.Node("Add", [before, Scalar(net.SizesOf(ids, 1)[0])]);
        string rows = net.Node("Range", [before, total, net.Index(1)]);
        string columns = net.Node("Range", [net.Index(0), total, net.Index(1)]);
        string isSeen = net.Node(
            "LessOrEqual", [net.Node("Unsqueeze", [columns, net.Integers(0)]), net.Node("Unsqueeze", [rows, net.Integers(1)])]);
        string table = net.Weights("wte.weight", -0.5, 0.5, size.Vocabulary, size.Width);
        string x = net.Node("Add", [net.Node("Gather", [table, ids]), Embed(net, rows, 1024, size.Width)]);
        for (int layer = 0; layer < size.Layers; layer++)
        {
            net.Module = $"/h.{layer}";
            string normed = net.LayerNorm(x, size.Width);
            string all = net.Linear(normed, size.Width, 3 * size.Width);
            string[] parts = net.Nodes("Split", 3, [all, net.Integers(size.Width, size.Width, size.Width)], ("axis", 2));
            string key = net.Node("Concat", [past[layer].Key, Heads(net, parts[1], size.Heads, depth)], ("axis", 2));
            string value = net.Node("Concat", [past[layer].Value, Heads(net, parts[2], size.Heads, depth)], ("axis", 2));
            string turned = net.Node("Transpose", [key], ("perm", new long[] { 0, 1, 3, 2 }));
            string scores = net.Node("MatMul", [Heads(net, parts[0], size.Heads, depth), turned]);
            scores = net.Node("Div", [scores, net.Number(MathF.Sqrt(depth))]);
            scores = net.Node("Where", [isSeen, scores, net.Number(float.MinValue)]);
            string mixed = net.Node("MatMul", [net.Node("Softmax", [scores], ("axis", -1)), value]);
            x = net.Node("Add", [x, net.Linear(Join(net, mixed, size.Width), size.Width, size.Width, gain: 0.5)]);
            x = net.Node("Add", [x, FeedForward(net, net.LayerNorm(x, size.Width), size.Width, "Gelu")]);
            net.Output($"present.{layer}.key", key);
            net.Output($"present.{layer}.value", value);
        }

        net.Module = "/lm_head";
        net.Output(
            "logits",
            net.Node("MatMul", [net.LayerNorm(x, size.Width), net.Node("Transpose", [table], ("perm", new long[] { 1, 0 }))]));
        return net.Finish();

        string Scalar(string one) => net.Node("Squeeze", [one, net.Integers(0)]);
    }

    /// <param name="size">A vocabulary of classes.</param>
    /// <param name="side">Of the image: 224.</param>
    /// <param name="patch">Side of a patch: 16.</param>
    public static NetworkFile Vision(Size size, int side, int patch)
    {
        var net = new NetworkWriter();
        FeatureMap image = net.Image(3, side, side);
        net.Module = "/conv_proj";
        int count = side / patch * (side / patch);
        string x = net.Conv(image, size.Width, patch, patch, pad: 0).Name;
        string batch = net.SizesOf(image.Name, 0)[0];
        x = net.Node("Transpose", [net.Reshape(x, batch, size.Width, count)], ("perm", new long[] { 0, 2, 1 }));
        string token = net.Node(
            "Expand",
            [
                net.Weights("class_token", -0.5, 0.5, 1, 1, size.Width),
                Ones(net.Node("Concat", [batch, net.Integers(-1), net.Integers(-1)], ("axis", 0))),
            ]);
        string positions = net.Weights("pos_embedding", -0.5, 0.5, 1, count + 1, size.Width);
        x = net.Node("Add", [net.Node("Concat", [token, x], ("axis", 1)), positions]);
        for (int layer = 0; layer < size.Layers; layer++)
        {
            net.Module = $"/encoder/layers/encoder_layer_{layer}";
            x = net.Node("Add", [Attend(net, net.LayerNorm(x, size.Width), size.Width, size.Heads), x]);
            x = net.Node("Add", [x, FeedForward(net, net.LayerNorm(x, size.Width), size.Width, "Gelu")]);
        }

        net.Module = "/heads";
        string first = net.Node("Gather", [net.LayerNorm(x, size.Width), net.Index(0)], ("axis", 1));
        net.Output("logits", net.Gemm(first, size.Width, size.Vocabulary));
        return net.Finish();

        // PyTorch writes −1 for what stays, and exports how it finds out which do.
        string Ones(string shape)
        {
            string ones = net.Node("ConstantOfShape", [net.Integers(3)], ("value", Tensor.Of([1L], 1)));
            string stays = net.Node("Equal", [shape, net.Node("Mul", [ones, net.Index(-1)])]);
            return net.Node("Where", [stays, ones, shape]);
        }
    }

    /// <summary>Two layers around a function.</summary>
    public static string FeedForward(NetworkWriter net, string x, int width, string activation) =>
        net.Linear(net.Activate(net.Linear(x, width, 4 * width), activation), 4 * width, width, gain: 0.5);

    /// <summary>Every token from all of them.</summary>
    /// <param name="adjust">Changes the scores before they become weights.</param>
    public static string Attend(NetworkWriter net, string x, int width, int heads, Func<string, string>? adjust = null)
    {
        int depth = width / heads;
        string query = Heads(net, net.Linear(x, width, width), heads, depth);
        string key = net.Node("Transpose", [Heads(net, net.Linear(x, width, width), heads, depth)], ("perm", new long[] { 0, 1, 3, 2 }));
        string value = Heads(net, net.Linear(x, width, width), heads, depth);
        string scores = net.Node("Div", [net.Node("MatMul", [query, key]), net.Number(MathF.Sqrt(depth))]);
        string weights = net.Node("Softmax", [adjust?.Invoke(scores) ?? scores], ("axis", -1));
        return net.Linear(Join(net, net.Node("MatMul", [weights, value]), width), width, width, gain: 0.5);
    }

    private static string Embed(NetworkWriter net, string ids, int count, int width) =>
        net.Node("Gather", [net.Weights("weight", -0.5, 0.5, count, width), ids]);

    private static string Heads(NetworkWriter net, string x, int heads, int depth)
    {
        string[] sizes = net.SizesOf(x, 0, 1);
        return net.Node("Transpose", [net.Reshape(x, sizes[0], sizes[1], heads, depth)], ("perm", new long[] { 0, 2, 1, 3 }));
    }

    private static string Join(NetworkWriter net, string x, int width)
    {
        string rows = net.Node("Transpose", [x], ("perm", new long[] { 0, 2, 1, 3 }));
        string[] sizes = net.SizesOf(rows, 0, 1);
        return net.Reshape(rows, sizes[0], sizes[1], width);
    }
}
