using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx.Messages;
using ModelBuild.Compiler.Onnx.Wire;
using ModelBuild.TestSupport;

namespace ModelBuild.SampleModels;

/// <summary>
/// MediaPipe's BlazeFace with all that belongs to it: what stands before it (from bytes to numbers) and behind it (anchors, scores,
/// non-maximum suppression), so that pixels go in and faces come out; and with its channels balanced, for int8.
/// </summary>
internal static class FaceModel
{
    /// <summary>Pixels in a row or a column of what the network looks at.</summary>
    public const int Side = 256;

    private const int Keypoints = 6;

    /// <summary>Numbers per anchor: centre, width and height, six points.</summary>
    private const int Regressors = 4 + (2 * Keypoints);

    private const long Opset = 13;

    /// <summary>Numbers of fields in ModelProto and in GraphProto.</summary>
    private const int GraphField = 7;
    private const int NodeField = 1;

    /// <summary>How the network lays its anchors: cells per side of the picture, and how many of each cell, in this order.</summary>
    private static readonly (int Cells, int PerCell)[] s_layers = [(16, 2), (8, 6)];

    /// <summary>The whole model.</summary>
    /// <param name="file">The network: input <c>[1,256,256,3]</c>, outputs regressors and classificators.</param>
    /// <param name="pictures">Squares that its channels are measured on.</param>
    public static byte[] Write(ReadOnlyMemory<byte> file, IReadOnlyList<byte[]> pictures)
    {
        GraphMessage network = ModelMessage.Read(file).Graph!;
        Dictionary<string, Tensor> weights =
            network.Initializers.ToDictionary(i => i.Name, i => i.ToTensor((_, _) => throw new NotSupportedException()));
        var balance = new ChannelBalance(network, weights);
        OnnxGraph measured = Prepared(file, weights);
        foreach (string tensor in balance.Tensors)
        {
            measured.Output(tensor, null, null, null, null);
        }

        balance.Scale(weights, Largest(measured.ToModel(opset: Opset), pictures));
        OnnxGraph whole = Prepared(file, weights);
        AddDecoding(whole);
        AddSelection(whole);
        return whole.Output("boxes", "faces", 4).Output("scores", "faces").Output("keypoints", "faces", Keypoints, 2)
            .ToModel(opset: Opset);
    }

    /// <summary>The largest magnitude in each channel of each output <c>[1, channels, …]</c>, over all pictures.</summary>
    private static Dictionary<string, float[]> Largest(byte[] model, IReadOnlyList<byte[]> pictures)
    {
        using var session = new OrtSession(model);
        var largest = new Dictionary<string, float[]>();
        foreach (byte[] picture in pictures)
        {
            var inputs = new Dictionary<string, Tensor> { ["pixels"] = Tensor.Of(picture, 1, Side, Side, 4) };
            foreach ((string name, Tensor tensor) in session.Run(inputs))
            {
                int plane = (int)(tensor.Length / tensor.Dimensions[1]);
                float[] channels = [.. tensor.ToFloats().Chunk(plane).Select(values => values.Max(Math.Abs))];
                largest[name] = largest.TryGetValue(name, out float[]? other) ? [.. channels.Zip(other, Math.Max)] : channels;
            }
        }

        return largest;
    }

    /// <summary>The network behind its preparation, without outputs.</summary>
    private static OnnxGraph Prepared(ReadOnlyMemory<byte> file, Dictionary<string, Tensor> weights)
    {
        OnnxGraph graph = new OnnxGraph().Input("pixels", DataType.UInt8, 1, Side, Side, 4);
        AddPreparation(graph);
        AddNodes(graph, file);
        foreach ((string name, Tensor tensor) in weights)
        {
            graph.Constant(name, tensor);
        }

        return graph;
    }

    /// <summary>Bytes, of red, green, blue and one that is left out, become numbers from -1 to 1.</summary>
    private static void AddPreparation(OnnxGraph graph) => graph
        .Integers("channels_from", 0).Integers("channels_to", 3).Integers("channels", 3)
        .Constant("half_range", Tensor.Scalar(127.5f)).Constant("one", Tensor.Scalar(1))
        .Node("Slice", "/prepare/rgb", ["pixels", "channels_from", "channels_to", "channels"], ["rgb"])
        .Node("Cast", "/prepare/float", ["rgb"], ["rgb_float"], ("to", (int)DataType.Float32))
        .Node("Div", "/prepare/scale", ["rgb_float", "half_range"], ["rgb_scaled"])
        .Node("Sub", "/prepare/shift", ["rgb_scaled", "one"], ["input"]);

    /// <summary>The nodes of the network, as they stand in its file.</summary>
    private static void AddNodes(OnnxGraph graph, ReadOnlyMemory<byte> file)
    {
        var model = new WireReader(file);
        while (model.Next())
        {
            if (model.Field != GraphField)
            {
                model.Skip();
                continue;
            }

            WireReader fields = model.Message();
            while (fields.Next())
            {
                if (fields.Field == NodeField)
                {
                    graph.Message.Bytes(NodeField, fields.Bytes().Span);
                }
                else
                {
                    fields.Skip();
                }
            }
        }
    }

    /// <summary>
    /// The network says how far each box and point lies from its anchor, in pixels, and gives scores before the sigmoid. Boxes become left,
    /// top, right, bottom, from 0 to 1.
    /// </summary>
    private static void AddDecoding(OnnxGraph graph) => graph
        .Constant("side", Tensor.Scalar(Side)).Constant("anchors", Anchors()).Constant("half", Tensor.Scalar(0.5f))
        .Constant("lowest", Tensor.Scalar(-100)).Constant("highest", Tensor.Scalar(100))
        .Integers("parts", 2, 2, 2 * Keypoints).Integers("score_rows", 1, 1, -1)
        .Node("Div", "/decode/scale", ["regressors", "side"], ["offsets"])
        .Node("Add", "/decode/anchors", ["offsets", "anchors"], ["decoded"])
        .Node("Split", "/decode/split", ["decoded", "parts"], ["centres", "sizes", "points"], ("axis", 2))
        .Node("Mul", "/decode/half", ["sizes", "half"], ["radii"])
        .Node("Sub", "/decode/left_top", ["centres", "radii"], ["left_top"])
        .Node("Add", "/decode/right_bottom", ["centres", "radii"], ["right_bottom"])
        .Node("Concat", "/decode/boxes", ["left_top", "right_bottom"], ["all_boxes"], ("axis", 2))
        .Node("Clip", "/decode/clip", ["classificators", "lowest", "highest"], ["logits"])
        .Node("Sigmoid", "/decode/sigmoid", ["logits"], ["probabilities"])
        .Node("Reshape", "/decode/scores", ["probabilities", "score_rows"], ["all_scores"]);

    /// <summary>Of boxes that overlap, the one with the highest score; best first.</summary>
    private static void AddSelection(OnnxGraph graph) => graph
        .Integers("most_faces", 100).Constant("overlap", [1], [0.3f]).Constant("least_score", [1], [0.65f])
        .Integers("first", 0).Constant("anchor_column", Tensor.Of([2L], [])).Integers("flat", -1)
        .Integers("keypoint_shape", -1, Keypoints, 2)
        .Node("NonMaxSuppression", "/select/suppress", ["all_boxes", "all_scores", "most_faces", "overlap", "least_score"], ["face"])
        .Node("Gather", "/select/anchors", ["face", "anchor_column"], ["found"], ("axis", 1))
        .Node("Squeeze", "/select/box_rows", ["all_boxes", "first"], ["box_rows"])
        .Node("Gather", "/select/boxes", ["box_rows", "found"], ["boxes"], ("axis", 0))
        .Node("Reshape", "/select/score_rows", ["all_scores", "flat"], ["score_list"])
        .Node("Gather", "/select/scores", ["score_list", "found"], ["scores"], ("axis", 0))
        .Node("Reshape", "/select/point_rows", ["points", "keypoint_shape"], ["point_rows"])
        .Node("Gather", "/select/keypoints", ["point_rows", "found"], ["keypoints"], ("axis", 0));

    /// <summary>The centre of each anchor's cell, under every number that is a place; sizes have nothing added.</summary>
    private static Tensor Anchors()
    {
        var anchors = new List<float>();
        foreach ((int cells, int perCell) in s_layers)
        {
            for (int i = 0; i < cells * cells * perCell; i++)
            {
                float x = ((i / perCell % cells) + 0.5f) / cells;
                float y = ((i / perCell / cells) + 0.5f) / cells;
                anchors.AddRange([x, y, 0, 0, .. Enumerable.Repeat((float[])[x, y], Keypoints).SelectMany(point => point)]);
            }
        }

        return Tensor.Of([.. anchors], 1, anchors.Count / Regressors, Regressors);
    }
}
