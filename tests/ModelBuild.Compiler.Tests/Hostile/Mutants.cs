using System.Text;
using ModelBuild.Compiler.Onnx.Wire;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Tests.Hostile;

/// <summary>Models that were right once. The same index makes the same mutant on every machine.</summary>
internal sealed class Mutants(IReadOnlyList<byte[]> models)
{
    private static readonly string[] s_operators = [.. OperatorRegistry.Names, "If", "Loop", "Scan", "LSTM", "Constant", "Nonsense", ""];

    private readonly MessageTree[] _trees = [.. models.Select(m => MessageTree.Read(m))];

    /// <summary>How many models there are; a mutant is of the one that its index has as remainder.</summary>
    public int Count => models.Count;

    public byte[] Make(int index)
    {
        var random = new Random(index * 7919);
        byte[] model = models[index % models.Count];
        if (random.Next(4) == 0)
        {
            return Damage(model, random);
        }

        MessageTree tree = _trees[index % models.Count].Clone();
        for (int change = random.Next(1, 4); change > 0; change--)
        {
            Change(tree, random);
        }

        return tree.ToBytes();
    }

    /// <summary>Changes bytes, so that lengths and tags lie.</summary>
    private static byte[] Damage(byte[] model, Random random)
    {
        if (random.Next(8) == 0)
        {
            return model[..random.Next(model.Length)];
        }

        var bytes = new List<byte>(model);
        for (int change = random.Next(1, 4); change > 0 && bytes.Count > 0; change--)
        {
            int position = random.Next(bytes.Count);
            switch (random.Next(6))
            {
                case 0:
                    bytes[position] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[position] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes[position] = (byte)(bytes[position] + 1);
                    break;
                case 3:
                    bytes.RemoveRange(position, Math.Min(random.Next(1, 9), bytes.Count - position));
                    break;
                case 4:
                    bytes.InsertRange(position, bytes.GetRange(position, Math.Min(random.Next(1, 40), bytes.Count - position)));
                    break;
                default:
                    bytes[position] = 0xFF;
                    break;
            }
        }

        return [.. bytes];
    }

    /// <summary>Changes one thing in a message that stays well-formed.</summary>
    private static void Change(MessageTree model, Random random)
    {
        MessageTree[] messages = [.. model.All().Where(m => m.Fields.Count > 0)];
        MessageTree message = messages[random.Next(messages.Length)];
        int index = random.Next(message.Fields.Count);
        MessageField field = message.Fields[index];
        switch (random.Next(8))
        {
            case 0:
                message.Fields.RemoveAt(index);
                break;
            case 1:
                message.Fields.Insert(random.Next(message.Fields.Count + 1), field.Clone());
                break;
            case 2:
                // The order of nodes, of inputs, of dimensions.
                int other = random.Next(message.Fields.Count);
                (message.Fields[index], message.Fields[other]) = (message.Fields[other], message.Fields[index]);
                break;
            case 3:
                // A part of another place, a graph inside itself among others.
                MessageTree[] same = [.. messages.Where(m => m.Kind == message.Kind)];
                MessageTree source = same[random.Next(same.Length)];
                message.Fields.Insert(index, source.Fields[random.Next(source.Fields.Count)].Clone());
                break;
            case 4 when message.Kind == "Node":
                Nest(message, model, random);
                break;
            default:
                ChangeValue(message, field, messages, random);
                break;
        }
    }

    private static void ChangeValue(MessageTree message, MessageField field, MessageTree[] messages, Random random)
    {
        if (field.Message is not null)
        {
            return;
        }

        if (field.Type != WireType.Bytes)
        {
            field.Number = unchecked((ulong)Number(random, (long)field.Number));
        }
        else if (message.Kind == "Tensor" && field.Id == 9)
        {
            ChangeNumbers(field, random);
        }
        else if (message.Kind == "Node" && field.Id == 4)
        {
            field.Bytes = Encoding.UTF8.GetBytes(s_operators[random.Next(s_operators.Length)]);
        }
        else
        {
            // Another name of the model: cycles, shadowed values, inputs of other types, outputs that are inputs.
            MessageField[] names = [.. messages.Where(m => m.Kind is "Node" or "ValueInfo" or "Tensor" or "Dimension" or "Attribute")
                .SelectMany(m => m.Fields).Where(f => f.Bytes.Length is > 0 and < 64)];
            field.Bytes = names.Length == 0 || random.Next(16) == 0 ? [] : names[random.Next(names.Length)].Bytes;
        }
    }

    /// <summary>Raw data: shapes and axes as integers, weights as floats, of another length now and then.</summary>
    private static void ChangeNumbers(MessageField field, Random random)
    {
        byte[] data = [.. field.Bytes];
        if (random.Next(6) == 0)
        {
            field.Bytes = random.Next(2) == 0 ? data[..random.Next(data.Length + 1)] : [.. data, .. data];
        }
        else if (data.Length >= 8 && random.Next(2) == 0)
        {
            BitConverter.TryWriteBytes(data.AsSpan(random.Next(data.Length / 8) * 8), Number(random, 0));
            field.Bytes = data;
        }
        else if (data.Length >= 4)
        {
            float[] values = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0, -0f, float.Epsilon, float.MaxValue, -1, 1e-30f];
            BitConverter.TryWriteBytes(data.AsSpan(random.Next(data.Length / 4) * 4), values[random.Next(values.Length)]);
            field.Bytes = data;
        }
    }

    /// <summary>Makes a node an If, a Loop or a Scan whose bodies are the whole graph.</summary>
    private static void Nest(MessageTree node, MessageTree model, Random random)
    {
        if (model.Fields.FirstOrDefault(f => f.Id == 7 && f.Message is not null)?.Message is not { } graph
            || graph.ToBytes().Length > 100_000)
        {
            return;
        }

        (string type, string[] bodies) = random.Next(3) switch
        {
            0 => ("Loop", (string[])["body"]),
            1 => ("Scan", ["body"]),
            _ => ("If", ["then_branch", "else_branch"]),
        };
        node.Fields.RemoveAll(f => f.Id is 4 or 5);
        node.Fields.Add(new MessageField(4, WireType.Bytes) { Bytes = Encoding.UTF8.GetBytes(type) });
        byte[] copy = graph.ToBytes();
        foreach (string body in bodies)
        {
            var attribute = MessageTree.Read([], "Attribute");
            attribute.Fields.Add(new MessageField(1, WireType.Bytes) { Bytes = Encoding.UTF8.GetBytes(body) });
            attribute.Fields.Add(new MessageField(6, WireType.Bytes) { Message = MessageTree.Read(copy, "Graph") });
            attribute.Fields.Add(new MessageField(20, WireType.Varint) { Number = 5 });
            node.Fields.Add(new MessageField(5, WireType.Bytes) { Message = attribute });
        }
    }

    private static long Number(Random random, long old) => random.Next(14) switch
    {
        0 => long.MinValue,
        1 => long.MaxValue,
        2 => int.MaxValue,
        3 => int.MinValue,
        4 => random.NextInt64(),
        5 => 1L << random.Next(63),
        6 => random.Next(1000),
        7 => unchecked(old + 1),
        8 => unchecked(old - 1),
        9 => unchecked(-old),
        _ => random.Next(-4, 12),
    };
}
